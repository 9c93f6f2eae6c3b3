/** A browser in two words, from its User-Agent: enough to tell one's own from a stranger's. */

/* In this order: Edge calls itself Chrome too, and Chrome calls itself Safari. */
const browsers = [
  ['Edg', 'Edge'],
  ['OPR', 'Opera'],
  ['Firefox', 'Firefox'],
  ['Chrome', 'Chrome'],
  ['Safari', 'Safari'],
] as const
const systems = [
  ['Android', 'Android'],
  ['iPhone', 'iOS'],
  ['iPad', 'iPadOS'],
  ['Windows', 'Windows'],
  ['Mac OS X', 'macOS'],
  ['CrOS', 'ChromeOS'],
  ['Linux', 'Linux'],
] as const

/** @returns null for what is none of the browsers that we know */
export function browserOf(agent: string): { browser: string; system: string } | null {
  const browser = browsers.find(([word]) => agent.includes(`${word}/`))
  const system = systems.find(([word]) => agent.includes(word))
  return browser && system ? { browser: browser[1], system: system[1] } : null
}
