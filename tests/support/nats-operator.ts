/** A NATS server that lets in by JWT: an operator, its account with JetStream, and users of it by `.creds` file. */
import { randomUUID } from 'node:crypto'
import { nkeys } from '@nats-io/transport-node'

type Pair = ReturnType<typeof nkeys.createUser>

const base64url = (value: string | Uint8Array): string => Buffer.from(value).toString('base64url')

/** A claim as the server reads it: signed by the issuer's nkey (NATS JWT, version 2). */
function claim(issuer: Pair, subject: Pair, name: string, nats: object): string {
  const iat = Math.floor(Date.now() / 1000)
  const body = { jti: randomUUID(), iat, iss: issuer.getPublicKey(), name, sub: subject.getPublicKey() }
  const head = base64url(JSON.stringify({ typ: 'JWT', alg: 'ed25519-nkey' }))
  const signed = `${head}.${base64url(JSON.stringify({ ...body, nats: { ...nats, version: 2 } }))}`
  return `${signed}.${base64url(issuer.sign(Buffer.from(signed)))}`
}

export interface Operator {
  /** Lines for the server's configuration. */
  readonly config: string
  /** Content of a `.creds` file of a user of the account. */
  creds(): string
}

export function makeOperator(): Operator {
  const operator = nkeys.createOperator()
  const system = nkeys.createAccount()
  const account = nkeys.createAccount()
  const open = { subs: -1, data: -1, payload: -1, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 }
  const store = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 }
  const accountClaim = (of: Pair, name: string, limits: object): string =>
    claim(operator, of, name, { type: 'account', limits })
  const config = [
    `operator: ${claim(operator, operator, 'operator', { type: 'operator' })}`,
    `system_account: ${system.getPublicKey()}`,
    'resolver: MEMORY',
    'resolver_preload: {',
    `  ${system.getPublicKey()}: ${accountClaim(system, 'system', open)}`,
    `  ${account.getPublicKey()}: ${accountClaim(account, 'team', { ...open, ...store })}`,
    '}',
  ].join('\n')
  const creds = (): string => {
    const user = nkeys.createUser()
    const jwt = claim(account, user, 'host', { type: 'user', subs: -1, data: -1, payload: -1 })
    const part = (kind: string, text: string, dashes: string): string =>
      `-----BEGIN ${kind}-----\n${text}\n${dashes}END ${kind}${dashes}\n\n`
    const seed = new TextDecoder().decode(user.getSeed())
    return part('NATS USER JWT', jwt, '------') + part('USER NKEY SEED', seed, '------')
  }
  return { config, creds }
}
