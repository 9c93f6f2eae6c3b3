import { expect, it, vi } from 'vitest'
import { touchIdOf } from '../../../electron/desktop/touch-id.ts'

it('is there on macOS with a reader only, and takes a refusal for not recognised', async () => {
  const canPromptTouchID = vi.fn(() => true)
  const promptTouchID = vi.fn((_reason: string) => Promise.resolve())
  const reader = { canPromptTouchID, promptTouchID }
  expect(touchIdOf(reader, 'darwin').isAvailable()).toBe(true)
  // On other systems Electron has no such function: it must not even be called.
  canPromptTouchID.mockClear()
  expect(touchIdOf(reader, 'win32').isAvailable()).toBe(false)
  expect(canPromptTouchID).not.toHaveBeenCalled()
  canPromptTouchID.mockReturnValue(false)
  expect(touchIdOf(reader, 'darwin').isAvailable()).toBe(false)

  expect(await touchIdOf(reader, 'darwin').recognise('en')).toBe(true)
  expect(promptTouchID).toHaveBeenLastCalledWith('unlock Switchboard')
  promptTouchID.mockRejectedValueOnce(new Error('User canceled'))
  expect(await touchIdOf(reader, 'darwin').recognise('zh-CN')).toBe(false)
})
