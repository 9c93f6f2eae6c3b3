/** Waits no longer than is wanted for something that cannot be ended itself. */

export interface Patience<Result> {
  /** How long at most, in milliseconds; absent: until the signal. */
  readonly ms?: number
  /** Ends the wait at once. */
  readonly signal?: AbortSignal | undefined
  /** What it ends with when the time is over. */
  late(): Error
  /** Gets what came after nobody waited any longer, so that it can be put away. */
  tooLate?(result: Result): unknown
}

/** @throws what the work throws, what `late` makes, or the signal's reason */
export async function inTime<Result>(
  work: Promise<Result>,
  { ms, signal, late, tooLate }: Patience<Result>,
): Promise<Result> {
  const { promise: given, reject } = Promise.withResolvers<never>()
  const timer = ms === undefined ? undefined : setTimeout(() => reject(late()), ms)
  const abort = (): void => reject(signal?.reason instanceof Error ? signal.reason : new Error('given up'))
  signal?.addEventListener('abort', abort, { once: true })
  if (signal?.aborted) abort()
  let isOver = false
  // What nobody waits for must neither be left open nor throw where nobody hears it.
  work.then(
    (result) => {
      if (isOver) tooLate?.(result)
    },
    () => undefined,
  )
  try {
    return await Promise.race([given, work])
  } finally {
    isOver = true
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
}

/**
 * Does what hears a signal, and waits no longer for it than some time after that. It gets a signal of its own: what listens
 * to it goes with the work, and is not kept for as long as the signal lives.
 *
 * @param ms how long it may go on after the signal, in milliseconds; then it is left to itself
 * @throws what the work throws, or what `late` makes
 */
export async function endingIn<Result>(
  signal: AbortSignal,
  ms: number,
  work: (signal: AbortSignal) => Promise<Result>,
  { late, tooLate }: Pick<Patience<Result>, 'late' | 'tooLate'>,
): Promise<Result> {
  const own = new AbortController()
  const given = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const abort = (): void => {
    own.abort()
    timer = setTimeout(() => given.abort(late()), ms)
  }
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  try {
    return await inTime(work(own.signal), { signal: given.signal, late, ...(tooLate && { tooLate }) })
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }
}
