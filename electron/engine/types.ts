/** What a host gives the engine, and what it gets. */
import type { Answer } from '#shared/contract/index.ts'
import type { SignIn } from '#shared/contract/entries/doors.ts'
import type { CallbackState, OperationKind, OperationState } from '#shared/contract/entries/record.ts'
import type { RobotState } from '#shared/contract/entries/robots.ts'
import type { ErrorCode, Locale } from '#shared/contract/errors.ts'
import type { ContractEvent } from '#shared/contract/events.ts'
import type { TlsFiles } from './callbacks/tls-files.ts'
import type { ProxyFor } from './platform/transport.ts'
import type { KeyProtector, SystemStore } from './vault/protector.ts'

/** The part of a logger that the engine uses; pino's fits. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** A running sandbox, as the host started it: a utility process in Electron, a child process elsewhere. */
export interface SandboxProcess {
  /** Base address of its HTTP interface, without a slash at the end. */
  readonly url: string
  readonly pageUrl: string
  readonly adminToken: string
  /** Resolves when the process has ended, for whatever reason. */
  readonly ended: Promise<void>
  stop(): Promise<void>
}

/** The clocks of the machine; tests set their own. */
export interface Clock {
  /** Milliseconds UTC, as the operator or the network sets it. */
  now(): number
  /** Milliseconds since some moment, whatever is done to the clock; it goes on while the machine sleeps. */
  steady(): number
}

export interface EngineOptions {
  readonly host: 'desktop' | 'headless'
  readonly version: string
  /** Folder for everything that is kept; created with mode 0700 if absent. */
  readonly dataDir: string
  /** The store thread's entry: `electron/engine/store/thread.ts`, or its bundle. */
  readonly storeThread: URL
  readonly protector: KeyProtector
  /** The system's key store, on a host that has one. */
  readonly systemStore?: SystemStore
  /** Forgets the passphrase of the application lock at this start. */
  readonly removeLock?: boolean
  /** Port of the callback listener; 0 picks a free one, absent: that of the settings, the one used before, a free one. */
  readonly callbackPort?: number | undefined
  /** The IP address that it listens on; absent: that of the settings, by default loopback. */
  readonly callbackAddress?: string | undefined
  /** Its certificate; absent: that of the settings, by default none. */
  readonly callbackTls?: TlsFiles | undefined
  /** Starts the sandbox with its state in `stateDir`. @throws AppError sandbox-failed */
  startSandbox(options: { stateDir: string }): Promise<SandboxProcess>
  readonly log: Logger
  /**
   * The proxy through which the platform is to be reached at an address, as `http://host:port`; null: directly. Absent:
   * always directly. Asked before each request, which is not sent where no answer comes; given up at the signal.
   */
  readonly proxyFor?: ProxyFor
  /** The newest lines of the host's log, for a report of a problem; absent where it keeps none. */
  readonly readLog?: () => Promise<string>
  /** Absent: those of the machine. */
  readonly clock?: Clock
  /** Free bytes on the disk of a folder, null where nobody can tell; absent: as the system says. */
  readonly freeBytes?: (path: string) => Promise<number | null>
}

/** A picture as the engine lets it through. */
export interface Media {
  readonly type: 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp'
  readonly body: Buffer
}

export interface Caller {
  /** Language of the errors. */
  readonly locale: Locale
  /** The browsers that are signed in, where the host has any. */
  readonly sessions?: SignIns
  /** Where the caller sits, for the application lock: a browser's session, the desktop's window. Scripts have none. */
  readonly seat?: string
  /** The system's recognition of the operator, where the host has it. */
  readonly touchId?: TouchId
}

export interface TouchId {
  isAvailable(): boolean
  /** Asks the operator. @returns false when not recognised, or given up */
  recognise(locale: Locale): Promise<boolean>
}

/** The host's sessions, as the caller may see and end them. */
export interface SignIns {
  list(): SignIn[]
  /** @returns false when there is no such session */
  end(id: string): Promise<boolean>
}

/** Whether callbacks can be kept now. */
export interface Health {
  /** What keeps them from being kept; null: nothing does. */
  readonly reason: 'starting' | 'stopping' | 'rescue' | 'listener' | 'store' | null
  /** The error behind it, where there is one. */
  readonly code: ErrorCode | null
}

/** What the store counts, as it is now. */
export interface StoredMeasures {
  /** Callbacks that are kept and wait for their effects. */
  readonly callbacksWaiting: number
  /** Operations of every kind that are queued or sending. */
  readonly outbox: readonly { state: OperationState; n: number }[]
  /** Sends of which nothing good is known yet, or no longer will be: all but accepted and done. */
  readonly sends: readonly { state: OperationState; n: number }[]
  /** Operations other than sends that are not settled. */
  readonly operations: readonly { kind: OperationKind; n: number }[]
  readonly robots: readonly { state: RobotState; n: number }[]
  /** When each connection's last callback came, milliseconds UTC; null: none was seen. */
  readonly lastCallbacks: readonly { connectionId: number; at: number | null }[]
}

/** Why a request at the callback listener was refused. */
export type Refusal = 'unknown-address' | 'source' | 'too-large' | 'not-kept'

/** Numbers of an engine; what counts up begins at nothing whenever the data is opened. */
export interface Measures extends StoredMeasures {
  /** Whole callbacks that came in at an address of ours, and those of them that were acknowledged. */
  readonly received: number
  readonly acknowledged: number
  readonly refused: Readonly<Record<Refusal, number>>
  /** Callbacks that were read, by what became of them. */
  readonly read: ReadonlyMap<CallbackState, number>
  /** Sends by the state they came into. */
  readonly sent: ReadonlyMap<OperationState, number>
  readonly databaseBytes: number
  readonly walBytes: number
}

export interface Engine {
  /** A new value each time an engine starts: a renderer that sees another one loads afresh. */
  readonly id: string
  /** Opens the data, starts listener and outbox. @throws AppError that names the cause; nothing is left half-written */
  start(): Promise<void>
  /** Finishes what is being written, closes everything. Safe to call twice. */
  stop(): Promise<void>
  /**
   * Takes nothing more out of the outbox, and waits for what is under way to be noted, but not for long: the machine is
   * about to sleep. Callbacks are taken as ever. Safe to call twice, and before the start.
   */
  rest(): Promise<void>
  /**
   * Begins nothing new, lets what has begun come to its end (a message in several parts, with its last), and tells when
   * nothing is under way; the outbox rests then until `wake`.
   *
   * @param signal calls it off: the outbox goes on
   * @param told how many operations are under way, whenever that changes
   * @returns false when it was called off. Rejects where the store cannot be read; the outbox goes on then
   */
  quiet(signal: AbortSignal, told: (n: number) => void): Promise<boolean>
  /** Goes on after `rest` or `quiet`: the outbox moves, and what came due meanwhile is done. */
  wake(): void
  /** The contract's border: checks name and input, runs the entry's handler. Never rejects. */
  call(entry: string, input: unknown, caller: Caller): Promise<Answer<unknown>>
  /** Hears events, those of one moment together. @returns a function that ends it */
  onEvents(listener: (events: readonly ContractEvent[]) => void): () => void
  /**
   * A picture that a message names, fetched by the engine and checked (DESIGN §5).
   *
   * @returns null when it is none, cannot be had, or may not be asked for
   */
  media(robotId: string, link: string): Promise<Media | null>
  /** Whether callbacks can be kept: asked of listener and store. Never rejects. */
  health(): Promise<Health>
  /** Numbers for those who watch over the machine; null while the data cannot be used. */
  measures(): Promise<Measures | null>
  /** Whether the application is locked at a seat: its events, other than `lock.changed`, and pictures are then held back. */
  isLocked(seat: string | undefined): boolean
  /** The callback listener's base address, e.g. `http://127.0.0.1:4123`; null before start. */
  readonly callbackBaseUrl: string | null
}
