/** Two short tones, made here: a file would have to be fetched, and the page's policy allows none. */
let context: AudioContext | null = null

export function playCall(): void {
  context ??= new AudioContext()
  const { currentTime: now } = context
  for (const [frequency, at] of [
    [660, 0],
    [880, 0.12],
  ] as const) {
    const tone = context.createOscillator()
    const gain = context.createGain()
    tone.frequency.value = frequency
    gain.gain.setValueAtTime(0, now + at)
    gain.gain.linearRampToValueAtTime(0.12, now + at + 0.015)
    gain.gain.exponentialRampToValueAtTime(0.001, now + at + 0.22)
    tone.connect(gain).connect(context.destination)
    tone.start(now + at)
    tone.stop(now + at + 0.25)
  }
}
