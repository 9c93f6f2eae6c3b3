import type { EntriesOf, Handlers } from './context.ts'

export const vaultHandlers: Handlers<EntriesOf<'vault'>> = {
  'vault.get': async (_input, { vaultGuard }) => vaultGuard.state(),

  'vault.change': async (input, { vaultGuard, emit, info }) => {
    await vaultGuard.change(input)
    emit([{ event: 'system.changed', data: info() }])
    return {}
  },
}
