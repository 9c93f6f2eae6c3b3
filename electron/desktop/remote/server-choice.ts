/** Whose data this computer shows: its own, or a server's. What is chosen counts from the next start on. */
import type { DesktopServer } from '#shared/contract/desktop.ts'
import { AppError, describeFailure, type Failure, type Locale } from '#shared/contract/errors.ts'
import type { ServerChoice as Server } from '#shared/contract/desktop.ts'
import { completeChoice, type KeptServer } from './kept-server.ts'

export interface ServerChoiceHost {
  readonly kept: KeptServer
  readonly store: { usesServer(): boolean; useServer(wanted: boolean): void }
  /** Tries a server once. @throws AppError that says what is wrong */
  tryServer(server: Server, locale: Locale): Promise<void>
  language(): Locale
}

export interface ServerChoice {
  /** What to begin with; null: this computer's own data. */
  readonly atStart: Server | Failure | null
  /** @param failure why the server in use cannot be reached now */
  state(failure: Failure | null): DesktopServer
  /** Tries it and keeps nothing. @throws AppError */
  test(choice: Server): Promise<void>
  /** Tries it and keeps it. @throws AppError; nothing is kept then */
  use(choice: Server): Promise<void>
  /** Back to the own data. */
  own(forget: boolean): Promise<void>
}

/** Reads what was chosen. Never rejects: what cannot be read is told in the window, beside the way back. */
export async function openServerChoice({ kept, store, tryServer, language }: ServerChoiceHost): Promise<ServerChoice> {
  let server: Server | null = null
  let unreadable: Failure | null = null
  try {
    server = await kept.read()
  } catch (error) {
    unreadable = error instanceof AppError ? error.failure : { code: 'internal' }
  }
  const atStart = server
  const running = store.usesServer() ? 'server' : 'own'
  const missing: Failure = { code: 'server-token-missing', params: { server: '' } }
  const test = async (choice: Server): Promise<Server> => {
    const whole = completeChoice(choice, server)
    await tryServer(whole, language())
    return whole
  }
  return {
    atStart: running === 'own' ? null : (server ?? unreadable ?? missing),
    state: (failure) => ({
      uses: store.usesServer() ? 'server' : 'own',
      running,
      address: running === 'server' ? (atStart?.address ?? null) : null,
      isPending: store.usesServer() ? running === 'own' || server !== atStart : running === 'server',
      remembered: server && { address: server.address, authority: server.authority },
      problem: failure && describeFailure(failure, language()),
    }),
    async test(choice) {
      await test(choice)
    },
    async use(choice) {
      const whole = await test(choice)
      await kept.write(whole)
      server = whole
      store.useServer(true)
    },
    async own(forget) {
      store.useServer(false)
      if (!forget) return
      await kept.forget()
      server = null
    },
  }
}
