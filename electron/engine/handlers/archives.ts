import type { EntriesOf, Handlers } from './context.ts'

export const archiveHandlers: Handlers<EntriesOf<'archives'>> = {
  'archives.export': ({ passphrase }, { archives }) => archives.export(passphrase),

  'archives.list': async (_input, { archives }) => ({ items: await archives.list(), nextCursor: null }),

  'archives.read': ({ name, offset }, { archives }) => archives.read(name, offset),

  'archives.write': ({ name, offset, data }, { archives }) => archives.write(name, offset, Buffer.from(data, 'base64')),

  'archives.import': async ({ name, passphrase }, { archives }) => ({
    backup: await archives.import(name, passphrase),
  }),

  'archives.remove': async ({ name }, { archives }) => {
    await archives.remove(name)
    return {}
  },
}
