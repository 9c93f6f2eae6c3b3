/** Each way says which secrets it asks for; none is asked for by two, and none by nobody. */
import { expect, it } from 'vitest'
import { reachEntries } from '#shared/contract/entries/reach.ts'
import { reachSecrets, secretsFor } from '#shared/contract/reach-secrets.ts'

it('every secret that can be given is asked for by one way, as it is set', () => {
  const asked = [
    ...(['key', 'password', 'agent'] as const).map((auth) => secretsFor({ way: 'ssh', auth })),
    ...(['none', 'token', 'password', 'nkey', 'creds'] as const).map((auth) => secretsFor({ way: 'relay', auth })),
    secretsFor({ way: 'off' }),
    secretsFor({ way: 'direct' }),
    secretsFor({ way: 'ngrok' }),
    secretsFor({ way: 'command', secretName: 'TUNNEL_TOKEN' }),
    secretsFor({ way: 'command', secretName: null }),
  ].flat()
  expect(asked.toSorted()).toEqual(reachSecrets.toSorted())
  expect(new Set(reachSecrets).size).toBe(reachSecrets.length)
  const { secrets } = reachEntries['reach.save'].input.shape
  expect(Object.keys(secrets.unwrap().shape).toSorted()).toEqual(reachSecrets.toSorted())
})
