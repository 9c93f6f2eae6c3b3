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
