/** Chinese sentences have Chinese punctuation: in its narrow form it looks like a slip of the keyboard. */
import { describe, expect, it } from 'vitest'
import { alarmInGeneral } from '../../../shared/contract/alarm-words.ts'
import { describeFailure, errorCodes } from '../../../shared/contract/errors.ts'
import { reachFindingWords } from '../../../shared/contract/reach-findings.ts'
import { texts } from '../../../electron/desktop/texts.ts'
import zhCN from '../../../renderer/app/i18n/zh-CN/index.ts'

type Words = string | { readonly [key: string]: Words }

const allOf = (words: Words): string[] => (typeof words === 'string' ? [words] : Object.values(words).flatMap(allOf))

/*
 * A comma, colon, question mark or parenthesis right beside a Chinese character, or beside what is filled in; and quotes
 * that do not tell their two ends apart.
 */
const narrow = /["']|\}:|\p{Script=Han}[,:;?!(]|[,:;?!)]\p{Script=Han}|\p{Script=Han}.*(?:\}[,;?!(]|[,;?!(]\{)/u

describe('every Chinese text', () => {
  it.each([
    ['of the screens', allOf(zhCN)],
    ['of errors', errorCodes.flatMap((code) => Object.values(describeFailure({ code }, 'zh-CN')).map(String))],
    ['of the check', Object.values(reachFindingWords).flatMap(({ 'zh-CN': words }) => [...words])],
    ['of alarms', allOf(alarmInGeneral['zh-CN'])],
    ['of the desktop', allOf(texts['zh-CN'])],
  ])('%s has punctuation of full width', (_of, found) => {
    expect(found.length).toBeGreaterThan(1)
    expect(found.filter((text) => narrow.test(text))).toEqual([])
  })
})
