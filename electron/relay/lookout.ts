/**
 * Looks from outside at a Switchboard's public address when one asks for it over NATS. One GET goes out, for the path
 * of a check alone; no redirect is followed and no content handed back. Addresses that this machine reaches and the
 * world does not are left alone, so that nobody gets into its network by it.
 */
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node'
import ipaddr from 'ipaddr.js'
import type { Logger } from 'pino'
import { isPublicAddress } from '#engine/reach/addresses.ts'
import { mayBeHost, ownAddresses, walkHops, type HopOptions } from '#engine/reach/hops.ts'
import { lookSchema, proofForm, type Look, type Report } from '#engine/reach/outside.ts'
import { readValue, type Layout } from '#engine/reach/relay/layout.ts'

export interface LookoutOptions {
  /** Whether private addresses, and this machine's own, may be asked for, too. */
  readonly mayLookInside: boolean
  /** For tests: another resolver, other authorities. */
  readonly changes?: Pick<HopOptions, 'resolve' | 'ca'>
  readonly log: Logger
}

/** One look, hop by hop and as a whole, in milliseconds. */
const hopMs = 4000
const wholeMs = 10_000
/** Looks at a time, and within a minute. */
const atOnce = 4
const perMinute = 30
const minuteMs = 60_000

/** One of several relays answers. */
const queue = 'relays'

/** An address of the open internet that is not this machine's. */
function isOutside(address: string): boolean {
  const plain = (text: string): string => ipaddr.process(text).toString()
  return isPublicAddress(address) && ![...ownAddresses()].map(plain).includes(plain(address))
}

const busy: Report = { failed: { hop: 'outside', code: 'outside-busy', params: {} }, proof: null, status: null }

export class Lookout {
  readonly #options: LookoutOptions
  #subscription: Subscription | null = null
  #underWay = 0
  /** When the looks of the last minute began, by `performance.now()`. */
  #begun: number[] = []

  constructor(options: LookoutOptions) {
    this.#options = options
  }

  /** Takes requests from here on; to be called after every connect. */
  follow(connection: NatsConnection, { look: subject }: Layout): void {
    this.stop()
    this.#subscription = connection.subscribe(subject, {
      queue,
      callback: (error, message) => {
        // Without the right to hear of it the relay takes callbacks all the same.
        if (error) this.#options.log.warn({ err: error }, 'the relay is not asked to look from outside')
        else void this.#answer(message)
      },
    })
  }

  async #answer(message: Msg): Promise<void> {
    const asked = readValue(lookSchema, message.data)
    if (!asked) return
    const report = this.#isFree() ? await this.#look(asked) : busy
    try {
      message.respond(JSON.stringify(report))
    } catch (error) {
      this.#options.log.debug({ err: error }, 'NATS went away before the answer to a look')
    }
  }

  #isFree(): boolean {
    const since = performance.now() - minuteMs
    this.#begun = this.#begun.filter((at) => at > since)
    return this.#underWay < atOnce && this.#begun.length < perMinute
  }

  async #look({ publicUrl, stand, nonce }: Look): Promise<Report> {
    this.#underWay += 1
    this.#begun.push(performance.now())
    try {
      return await lookAt({ publicUrl, stand, nonce }, this.#options)
    } finally {
      this.#underWay -= 1
    }
  }

  stop(): void {
    const subscription = this.#subscription
    this.#subscription = null
    if (subscription && !subscription.isClosed()) subscription.unsubscribe()
  }
}

/** One look. Never rejects. */
export async function lookAt(look: Look, { mayLookInside, changes }: Omit<LookoutOptions, 'log'>): Promise<Report> {
  let proof: string | null = null
  const found = await walkHops({
    ...changes,
    callbackUrl: `${look.publicUrl}/callback/${look.stand}`,
    nonce: {
      text: look.nonce,
      // Only whoever gave the nonce out can tell whose proof it is.
      read: (body) => {
        if (!proofForm.test(body)) return 'not-ours'
        proof = body
        return 'right-secret'
      },
    },
    isOwnNetwork: false,
    mayBeAsked: mayLookInside ? mayBeHost : isOutside,
    ...{ hopMs, wholeMs },
  })
  const last = found.at(-1)
  if (proof !== null || !last) {
    const status = found.find(({ code }) => code === 'http-answered')?.params['status']
    return { failed: null, proof, status: typeof status === 'number' ? status : null }
  }
  const failed = last.code === 'dns-forbidden' ? { ...last, code: 'outside-private' as const } : last
  return { failed: { ...failed, params: { ...failed.params } }, proof: null, status: null }
}
