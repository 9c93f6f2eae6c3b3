/** The one origin that the window may show: the application's own pages under a scheme of their own. */

export const appScheme = 'app'
const appHost = 'switchboard'

/** Where the window begins. */
export const startPage = `${appScheme}://${appHost}/`

/**
 * Whether an address is a page of the application. Everything that decides by origin asks here.
 *
 * @param address any text; what is no address is no page of ours
 */
export function isOwnPage(address: string): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, host, username, password } = new URL(address)
  // For a scheme that Node does not know, `origin` is "null"; so the parts are compared.
  return protocol === `${appScheme}:` && host === appHost && username === '' && password === ''
}
