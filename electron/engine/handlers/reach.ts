import { inWordsOf } from '../reach/check.ts'
import { clockOffset } from '../reach/clock-offset.ts'
import { checkNatsSecrets } from '../reach/relay/way.ts'
import { checkKey } from '../reach/ssh.ts'
import { key, type EntriesOf, type Handlers } from './context.ts'

export const reachHandlers: Handlers<EntriesOf<'reach'>> = {
  'reach.list': async (_input, { reach }) => ({ items: reach.list(), nextCursor: null }),

  'reach.get': async ({ connectionId }, { reach }) => reach.item(key(connectionId)),

  'reach.save': async ({ connectionId, ...choice }, { reach }) => {
    const { sshKey, sshKeyPassphrase } = choice.secrets
    // One that came without its passphrase may open with the one that is kept: the way itself says so, or not.
    if (sshKey) await checkKey(sshKey, sshKeyPassphrase ?? null, sshKeyPassphrase === undefined)
    checkNatsSecrets(choice.secrets)
    return reach.save(key(connectionId), choice)
  },

  'reach.retry': async ({ connectionId }, { reach }) => reach.retry(key(connectionId)),

  'reach.check': async ({ connectionId }, { reach, connections }, { locale }) => {
    const id = key(connectionId)
    const { gatewayUrl } = connections.get(id)
    const at = Date.now()
    const [{ verdict, url, found }, clockOffsetMs] = await Promise.all([reach.check(id), clockOffset(gatewayUrl)])
    return { verdict, url, hops: inWordsOf(found, locale), clockOffsetMs, at }
  },

  'reach.acceptHostKey': ({ connectionId, fingerprint }, { reach }) =>
    reach.acceptHostKey(key(connectionId), fingerprint),
}
