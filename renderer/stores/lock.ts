/**
 * Whether this page is locked. The engine decides, for the whole seat: while it is closed, this page is told
 * nothing. Once closed, the page starts over, so that nothing of customers stays even in its memory; the address
 * keeps the place.
 */
import { defineStore } from 'pinia'
import { computed, nextTick, shallowRef } from 'vue'
import type { ContractError } from '#shared/contract/errors.ts'
import type { EntryResult } from '#shared/contract/index.ts'
import { call, link, onEvent } from '@/bridge/index.ts'
import { useSettings } from './settings.ts'

type LockState = EntryResult<'lock.get'>

/** How long after an answer in vain it is asked again, in milliseconds. */
const retryMs = 1000

export const useLock = defineStore('lock', () => {
  const state = shallowRef<LockState | null>(null)
  /** Hidden by this page itself, before the engine was heard; it starts over as soon as the engine was. */
  const hidden = shallowRef(false)
  /** Whether something of the engine's was shown since the page was loaded. */
  let wasOpen = false

  const isLocked = computed(() => hidden.value || state.value?.isLocked === true)

  /** Shows nothing more; then starts over. */
  async function hide(): Promise<void> {
    hidden.value = true
    await nextTick()
    if (wasOpen && link.value === 'connected') location.reload()
  }

  /** Asks how it stands. @returns why it cannot be known */
  async function load(): Promise<ContractError | null> {
    // Locked while the link was lost: that is made good first.
    if (hidden.value && link.value === 'connected') await call('lock.close', {})
    const answer = await call('lock.get', {})
    if (!answer.ok) return answer.error
    state.value = answer.result
    useSettings().look(answer.result.look)
    if (answer.result.isLocked && wasOpen) await hide()
    else {
      hidden.value = false
      wasOpen ||= !answer.result.isLocked
    }
    return null
  }

  /** Locks. What is shown goes at once, whatever becomes of the question. */
  async function close(): Promise<void> {
    if (!state.value?.isSet || state.value.isLocked) return
    hidden.value = true
    const answer = await call('lock.close', {})
    // Without a link nothing can be shown anew: it stays hidden, and is closed once the engine is reached.
    if (answer.ok || answer.error.code === 'locked') await hide()
    // It was removed meanwhile, or could not be closed: hidden it stays until that is known.
    else if (link.value === 'connected' && (await load())) setTimeout(() => void close(), retryMs)
  }

  async function open(proof: { passphrase: string } | { touchId: true }): Promise<ContractError | null> {
    const answer = await call('lock.open', proof)
    if (!answer.ok) await load()
    return answer.ok ? null : answer.error
  }

  /** Sets, changes or removes (null) the passphrase. */
  async function set(current: string | undefined, next: string | null): Promise<ContractError | null> {
    const answer = await call('lock.set', { next, ...(current === undefined ? {} : { current }) })
    if (answer.ok) await load()
    return answer.ok ? null : answer.error
  }

  /** Hears of changes from now on. @param opened called when the seat was opened */
  function follow(opened: () => void): void {
    onEvent('lock.changed', () => {
      const before = isLocked.value
      void load().then(() => {
        if (before && !isLocked.value) opened()
      })
    })
  }

  return { state, isLocked, hidden, load, close, open, set, follow }
})
