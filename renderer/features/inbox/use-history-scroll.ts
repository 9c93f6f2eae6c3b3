/** Where a history stands: placed at its target, kept there while both ends grow, and at its end while news come. */
import { useResizeObserver } from '@vueuse/core'
import type { VirtualizerHandle } from 'virtua/vue'
import { nextTick, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { useMessages } from '@/stores/messages.ts'
import type { Place } from '@/stores/keys.ts'
import type { Thread } from '@/stores/thread.ts'
import type { Row } from './rows.ts'
import { stepsOf, type View } from './steps.ts'

/** How near an end of the window asks for more, in pixels: further than a fast hand scrolls while a page comes. */
const aheadPx = 2400
/** How near the bottom counts as the end, in pixels. */
const endPx = 40
/** How long a message that was jumped to is marked, in milliseconds. */
const flashMs = 1800
/** The lowest row that counts for how many make a screenful, in pixels. */
const lowRowPx = 36

export function useHistoryScroll(options: {
  place: Place
  thread: Thread
  rows: Readonly<Ref<Row[]>>
  scroller: Readonly<ShallowRef<HTMLElement | null>>
  list: Readonly<ShallowRef<VirtualizerHandle | null>>
}) {
  const { place, thread, rows, scroller, list } = options
  const messages = useMessages()
  const atEnd = ref(true)
  /** True once the history stands where it is to be read from. */
  const placed = ref(false)
  const view = shallowRef<View>({ rows: [], shift: false })
  /** Grows where other rows take the place of those that were shown. */
  const generation = ref(0)
  /** Whether all rows are in view's list, not only the screenful that it begins with. */
  let isWhole = false
  /** The message that was jumped to, for a moment. */
  const flashed = ref<string | null>(null)
  let lastOffset = 0
  let shownTurn = thread.turn

  watch([atEnd, () => thread.hasNewer], () => {
    thread.atEnd = atEnd.value && !thread.hasNewer
  })

  function scrollToEnd(): void {
    const last = view.value.rows.length - 1
    if (last < 0) return
    atEnd.value = true
    // With the space below it, as it stands when a hand has scrolled there.
    list.value?.scrollToIndex(last, { align: 'end', offset: 12 })
  }

  async function toEnd(): Promise<void> {
    if (thread.hasNewer) await messages.toEnd(place)
    else scrollToEnd()
  }

  /** Whether the list ends where the rows do. */
  const showsLast = (): boolean => isWhole || view.value.rows.at(-1)?.key === rows.value.at(-1)?.key

  /** Asks for more where an end of the window is near. */
  function reach(): void {
    const element = scroller.value
    // How much there is, only all rows tell.
    if (!element || !placed.value || !isWhole) return
    const { scrollTop, scrollHeight, clientHeight } = element
    if (scrollTop < aheadPx) void messages.loadOlder(place)
    if (scrollHeight - scrollTop - clientHeight < aheadPx) void messages.loadNewer(place)
  }

  function whenScrolled(): void {
    const element = scroller.value
    if (!element) return
    const { scrollTop, scrollHeight, clientHeight } = element
    // Growing content leaves the offset as it is; only a hand moves it up.
    if (scrollHeight - scrollTop - clientHeight < endPx) atEnd.value = !thread.hasNewer && showsLast()
    else if (scrollTop < lastOffset - 2) atEnd.value = false
    lastOffset = scrollTop
    reach()
  }

  /** A hand at the wheel is heard before its scrolling is, which a scrolling of ours may hide. */
  function whenWheel(event: WheelEvent): void {
    const element = scroller.value
    if (element && event.deltaY < 0 && element.scrollTop > 0) atEnd.value = false
  }

  function flash(id: string): void {
    flashed.value = id
    setTimeout(() => {
      if (flashed.value === id) flashed.value = null
    }, flashMs)
  }

  /** Where the target stands among rows; -1 for their end. */
  function targetIn(all: readonly Row[]): number {
    const { target } = thread
    return all.findIndex((row) =>
      target.kind === 'message' ? row.message?.id === target.id : target.kind === 'unread' && row.startsNew,
    )
  }

  /** The screenful around the target: it is painted at once, and the others are put around it after that. */
  function beginning(all: Row[]): Row[] {
    const count = Math.ceil((scroller.value?.clientHeight ?? 0) / lowRowPx) + 4
    if (all.length <= count) return all
    const index = targetIn(all)
    const before = thread.target.kind === 'message' ? Math.floor(count / 2) : 1
    const start = index === -1 ? all.length : Math.max(0, index - before)
    const from = Math.min(start, all.length - count)
    return all.slice(from, from + count)
  }

  async function placeAtTarget(): Promise<void> {
    await nextTick()
    const { target } = thread
    const index = targetIn(view.value.rows)
    if (index > 0 || (index === 0 && target.kind === 'message')) {
      list.value?.scrollToIndex(index, { align: target.kind === 'message' ? 'center' : 'start' })
      atEnd.value = false
      if (target.kind === 'message') flash(target.id)
    } else scrollToEnd()
    requestAnimationFrame(() => {
      placed.value = true
      lastOffset = scroller.value?.scrollTop ?? 0
      whenScrolled()
      if (isWhole) return
      // Who jumped into the midst of it reads on from there, perhaps at once.
      if (target.kind === 'message') {
        void messages.loadOlder(place)
        void messages.loadNewer(place)
      }
      // Once the beginning is painted.
      requestAnimationFrame(() => void complete())
    })
  }

  /** Puts the others around the screenful that the history began with. */
  async function complete(): Promise<void> {
    if (isWhole || !placed.value) return
    isWhole = true
    await follow(rows.value)
  }

  let following = 0
  /** Shows the rows as they are now, each end in a step of its own. */
  async function follow(now: Row[]): Promise<void> {
    const mine = ++following
    if (shownTurn !== thread.turn) {
      shownTurn = thread.turn
      placed.value = false
      // A list that was empty has measured its room already, and goes on with what comes.
      if (view.value.rows.length > 0) generation.value += 1
    }
    if (!placed.value) {
      if (!scroller.value) await nextTick()
      if (mine !== following) return
      isWhole = false
      view.value = { rows: beginning(now), shift: false }
      if (now.length > 0) await placeAtTarget()
      return
    }
    if (!isWhole) return
    const wasLast = view.value.rows.at(-1)
    for (const step of stepsOf(view.value.rows, now)) {
      view.value = step
      await nextTick()
      if (mine !== following) return
    }
    const last = now.at(-1)
    // A note under the last message makes it higher.
    const grew = last !== undefined && (last.key !== wasLast?.key || last.status !== wasLast.status)
    const isOwn = last?.outgoing != null && last.key !== wasLast?.key
    if (grew && (atEnd.value || isOwn)) scrollToEnd()
    reach()
  }
  watch(rows, (now) => void follow(now))
  watch(
    () => thread.loading.state === 'ready' && rows.value.length > 0,
    (ready) => {
      if (ready && !placed.value) void follow(rows.value)
    },
    { immediate: true },
  )
  watch(
    () => thread.aim,
    async () => {
      if (!placed.value) return follow(rows.value)
      await complete()
      return placeAtTarget()
    },
  )
  watch(
    () => messages.outgoing.of(place).length,
    (now, before) => {
      if (now > before && thread.hasNewer) void toEnd()
    },
  )
  useResizeObserver(scroller, () => {
    if (placed.value && atEnd.value) scrollToEnd()
  })

  return { view, generation, placed, atEnd, flashed, toEnd, whenScrolled, whenWheel }
}
