import { expect, it } from 'vitest'
import { followLanguage } from '../../../electron/desktop/language.ts'
import { settingsSchema } from '../../../shared/contract/entries/system.ts'
import type { ContractEvent } from '../../../shared/contract/events.ts'

it('is the system’s until the settings are known, then the one that they choose', async () => {
  let hear: (events: readonly ContractEvent[]) => void = () => {}
  let changes = 0
  const language = followLanguage(
    {
      call: () => Promise.resolve({ ok: true, result: settingsSchema.parse({ language: 'en' }) }),
      onEvents: (listener) => {
        hear = listener
        return () => (hear = () => {})
      },
    },
    'zh-CN',
    () => (changes += 1),
  )
  expect(language.now()).toBe('zh-CN')
  await expect.poll(() => language.now()).toBe('en')
  hear([{ event: 'settings.changed', data: settingsSchema.parse({ language: 'auto' }) }])
  hear([{ event: 'settings.changed', data: settingsSchema.parse({ language: 'auto' }) }])
  expect(language.now()).toBe('zh-CN')
  expect(changes).toBe(2)
  language.end()
})

it('is the one that was chosen while it was asked for, whatever the answer says', async () => {
  let hear: (events: readonly ContractEvent[]) => void = () => {}
  const answer = Promise.withResolvers<{ ok: true; result: unknown }>()
  const onEvents = (listener: typeof hear) => {
    hear = listener
    return () => {}
  }
  const language = followLanguage({ call: () => answer.promise, onEvents }, 'en', () => {})
  hear([{ event: 'settings.changed', data: settingsSchema.parse({ language: 'zh-CN' }) }])
  answer.resolve({ ok: true, result: settingsSchema.parse({ language: 'en' }) })
  await answer.promise
  await Promise.resolve()
  expect(language.now()).toBe('zh-CN')
  language.end()
})
