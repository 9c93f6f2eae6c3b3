/** What operating systems know the installed application by; changing it would make it another application to them. */

/** Bundle identifier on macOS; on Windows what ties shortcuts, task bar and notifications together. */
export const appId = 'app.switchboard.desktop'

/** The scheme of links into the application. */
export const linkScheme = 'switchboard'
