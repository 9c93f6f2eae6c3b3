/** Follows the robots: warns of limits that nobody has said the meaning of, and hastens log-ins that begin by themselves. */
import type { Robot } from '#shared/contract/entries/robots.ts'
import type { Notices } from './notices.ts'

export class RobotWatch {
  readonly #notices: Notices
  readonly #reloginDue: () => void
  /** When each robot is to be logged in again, as far as that was told. */
  readonly #relogins = new Map<string, number>()

  constructor(notices: Notices, reloginDue: () => void) {
    this.#notices = notices
    this.#reloginDue = reloginDue
  }

  changed({ id, name, state, limits, relogin }: Robot): void {
    const unknown = state === 'limited' ? limits.filter(({ forbids }) => forbids === null) : []
    if (unknown.length === 0) this.#notices.clear(`limits ${id}`)
    else {
      const codes = unknown.map(({ code, text }) => (text ? `${code} (${text})` : code)).join(', ')
      this.#notices.raise(`limits ${id}`, { code: 'limit-unknown', params: { robot: name, robotId: id, codes } })
    }
    const nextAt = relogin?.nextAt ?? null
    if (nextAt === null) this.#relogins.delete(id)
    else if (this.#relogins.get(id) !== nextAt) {
      this.#relogins.set(id, nextAt)
      this.#reloginDue()
    }
  }

  removed(id: string): void {
    this.#relogins.delete(id)
    this.#notices.clear(`limits ${id}`)
  }
}
