/**
 * What the operator submitted and the engine has not yet taken: shown at once, kept over a loss of the
 * link and a reload of the page, and always asked with the same `clientId`, so that nothing is sent twice.
 */
import { useStorage } from '@vueuse/core'
import { reactive, shallowReactive, watch } from 'vue'
import type { PeerKind } from '#shared/contract/common.ts'
import type { PlacedMessage } from '#shared/contract/entries/conversations.ts'
import type { ContractError } from '#shared/contract/errors.ts'
import { call, link } from '@/bridge/index.ts'
import { placeKey, type Place } from './keys.ts'
import { useSettings } from './settings.ts'

export interface Outgoing {
  clientId: string
  robotId: string
  kind: PeerKind
  peerId: string
  type: 'text' | 'image'
  content: string
  /** Milliseconds UTC of the submission. */
  at: number
  /** `waiting`: the link is lost, goes on by itself. `refused`: the operator decides. */
  state: 'asking' | 'waiting' | 'refused'
  error: ContractError | null
}

/** 128 random bits. `crypto.randomUUID` is missing where the page came by plain HTTP from another machine. */
const newClientId = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')

const isOutgoing = (value: unknown): value is Outgoing =>
  typeof value === 'object' && value !== null && 'clientId' in value && 'peerId' in value && 'content' in value

function readStored(text: string): Outgoing[] {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value.filter(isOutgoing) : []
  } catch {
    return []
  }
}

export function createOutgoing(options: { arrived: (message: PlacedMessage) => void }) {
  const items = useStorage<Outgoing[]>('switchboard.outgoing', [], localStorage, {
    serializer: { read: readStored, write: (value) => JSON.stringify(value) },
    // Another window submits its own; hearing of them here would submit them from both.
    listenToStorageChanges: false,
  })
  /** Row keys of messages that were written here, so that a bubble stays the same when it gets its id. */
  const aliases = shallowReactive(new Map<string, string>())
  /** Submissions whose message came by event before the answer. */
  const claimed = reactive(new Map<string, string>())
  const chains = new Map<string, Promise<void>>()

  const placeOf = (item: Outgoing): Place => ({
    robotId: item.robotId,
    peer: { kind: item.kind, id: item.peerId },
  })
  const find = (clientId: string): Outgoing | undefined => items.value.find((item) => item.clientId === clientId)
  const remove = (clientId: string): void => {
    items.value = items.value.filter((item) => item.clientId !== clientId)
  }

  async function ask(clientId: string): Promise<void> {
    const item = find(clientId)
    if (!item || item.state === 'refused') return
    if (link.value !== 'connected') {
      item.state = 'waiting'
      return
    }
    item.state = 'asking'
    const { robotId, type, content } = item
    const { peer } = placeOf(item)
    const delayMs = useSettings().values.recallSeconds * 1000
    const answer = await call('messages.send', {
      robotId,
      peer,
      type,
      content,
      clientId,
      ...(delayMs > 0 ? { delayMs } : {}),
    })
    const now = find(clientId)
    if (!now) return
    if (!answer.ok) {
      now.state =
        answer.error.code === 'connection-lost' || answer.error.code === 'unauthorized' ? 'waiting' : 'refused'
      now.error = answer.error
      return
    }
    const { messageId, operationId } = answer.result
    const guess = claimed.get(clientId)
    claimed.delete(clientId)
    if (guess !== undefined && guess !== messageId) aliases.delete(guess)
    aliases.set(messageId, clientId)
    remove(clientId)
    if (guess === messageId) return
    options.arrived({
      id: messageId,
      robotId,
      peer,
      direction: 'out',
      senderId: null,
      senderName: '',
      type,
      content,
      rawType: null,
      sentAt: item.at,
      status: 'queued',
      error: null,
      operationId,
      parts: [],
    })
  }

  /** One after the other within a conversation, so that two lines never swap. */
  function enqueue(item: Outgoing): void {
    const key = placeKey(placeOf(item))
    const before = chains.get(key) ?? Promise.resolve()
    chains.set(
      key,
      before.then(() => ask(item.clientId)),
    )
  }

  watch(
    link,
    (state) => {
      if (state !== 'connected') return
      for (const item of items.value) if (item.state !== 'refused') enqueue(item)
    },
    { immediate: true },
  )

  return {
    aliases,
    /** Submits a message; answers at once, its bubble is there. */
    submit(place: Place, type: 'text' | 'image', content: string): void {
      const item: Outgoing = {
        clientId: newClientId(),
        robotId: place.robotId,
        kind: place.peer.kind,
        peerId: place.peer.id,
        type,
        content,
        at: Date.now(),
        state: 'asking',
        error: null,
      }
      items.value = [...items.value, item]
      enqueue(item)
    },
    /** Asks again for one that was refused. */
    retry(clientId: string): void {
      const item = find(clientId)
      if (!item) return
      item.state = 'asking'
      item.error = null
      enqueue(item)
    },
    /** Gives up one that was refused. */
    discard: remove,
    /** Those of one conversation whose message is not there yet, oldest first. */
    of(place: Place): Outgoing[] {
      const key = placeKey(place)
      return items.value.filter((item) => placeKey(placeOf(item)) === key && !claimed.has(item.clientId))
    },
    /** A message came by event: takes it for the oldest submission that it fits. */
    claim(message: PlacedMessage): void {
      if (message.direction !== 'out' || aliases.has(message.id)) return
      const key = placeKey(message)
      const match = items.value.find(
        (item) =>
          item.state === 'asking' &&
          !claimed.has(item.clientId) &&
          placeKey(placeOf(item)) === key &&
          item.type === message.type &&
          item.content === message.content,
      )
      if (!match) return
      claimed.set(match.clientId, message.id)
      aliases.set(message.id, match.clientId)
    },
  }
}
