/**
 * What the browser part measures inside the page. Each function goes into the page as text, so none uses what lies outside
 * of it. A thing is painted when a frame has begun after it stood in the page.
 */

/** Says when something first stood in the page, in milliseconds since the page's navigation began. */
export function watchFirstPaint(selector: string): void {
  const look = (): void => {
    if (document.querySelector(selector)) {
      requestAnimationFrame(() => {
        document.documentElement.dataset['paintedAt'] = String(performance.now())
      })
    } else requestAnimationFrame(look)
  }
  look()
}

/** Goes through conversations one after the other. @returns milliseconds from each click to its painted history */
export async function switchConversations(count: number): Promise<number[]> {
  const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve))
  const times: number[] = []
  for (let n = 0; n < count; n += 1) {
    const links = [...document.querySelectorAll<HTMLAnchorElement>('section.conversations a[href^="/inbox/"]')]
    const link = links[1 + (n % (links.length - 1))]
    if (!link || link.getAttribute('aria-current') === 'page') continue
    const name = link.querySelector('bdi')?.textContent ?? ''
    const before = document.querySelector('.history article')?.textContent
    const begun = performance.now()
    link.click()
    for (let frames = 0; frames < 300; frames += 1) {
      await frame()
      const article = document.querySelector('.history article')
      const isThere = document.querySelector('main h1')?.textContent?.trim() === name && article !== null
      if (isThere && article.textContent !== before) break
    }
    times.push(performance.now() - begun)
    await new Promise((resolve) => setTimeout(resolve, 150))
  }
  return times
}

/**
 * Notes from now on when each text that begins with `mark`, then a number and a semicolon, was painted, in milliseconds
 * UTC. What ends it tells it from the time, which stands right behind the newest one.
 */
export function watchBubbles(mark: string): void {
  const painted: Record<string, number> = {}
  Object.assign(globalThis, { painted })
  const pattern = new RegExp(`${mark}\\d+;`)
  new MutationObserver(() => {
    const found = [...document.querySelectorAll('.history article')]
      .map((article) => pattern.exec(article.textContent ?? '')?.[0])
      .filter((text) => text !== undefined && !(text in painted))
    if (found.length === 0) return
    requestAnimationFrame(() => {
      const now = performance.timeOrigin + performance.now()
      for (const text of found) painted[text ?? ''] ??= now
    })
  }).observe(document.body, { childList: true, subtree: true, characterData: true })
}

/** Scrolls the history by frames. @returns milliseconds between frames */
export async function scrollFrames({ seconds, pixels }: { seconds: number; pixels: number }): Promise<number[]> {
  const scroller = document.querySelector('.history .scroller')
  const times: number[] = []
  const end = performance.now() + seconds * 1000
  let last = performance.now()
  while (last < end) {
    const now = await new Promise<number>((resolve) => requestAnimationFrame(resolve))
    times.push(now - last)
    last = now
    scroller?.scrollBy(0, pixels)
    scroller?.dispatchEvent(new WheelEvent('wheel', { deltaY: pixels }))
  }
  return times.slice(1)
}

/** Notes how long each press of a key takes until the next frame. */
export function watchTyping(): void {
  const presses: number[] = []
  Object.assign(globalThis, { presses })
  document.addEventListener(
    'keydown',
    (event) => {
      requestAnimationFrame(() => {
        // After the frame's own work: what was typed is on the screen then.
        setTimeout(() => presses.push(performance.now() - event.timeStamp))
      })
    },
    true,
  )
}

/** Asks the engine through the page's own session. @returns milliseconds of each answer */
export async function ask({ entry, inputs }: { entry: string; inputs: readonly object[] }): Promise<number[]> {
  const times: number[] = []
  for (const input of inputs) {
    const begun = performance.now()
    const answer = await fetch(`/api/${entry}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(input),
    })
    await answer.json()
    if (!answer.ok) throw new Error(`${entry}: ${answer.status}`)
    times.push(performance.now() - begun)
  }
  return times
}
