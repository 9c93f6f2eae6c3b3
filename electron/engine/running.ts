/** What an engine is made of while it runs. */
import type { Backups } from './backup/backups.ts'
import type { CachedLogins } from './callbacks/cached-logins.ts'
import type { CallbackListener } from './callbacks/listener.ts'
import type { EngineContext } from './handlers/context.ts'
import type { Pump } from './outbox/pump.ts'
import type { PictureHouse } from './pictures/house.ts'
import type { Connections } from './platform/connections.ts'
import type { Transport } from './platform/transport.ts'
import type { Inlet } from './reach/inlet.ts'
import type { RobotWatch } from './robot-watch.ts'
import type { SandboxLink } from './sandbox-link.ts'
import type { Tally } from './standing/tally.ts'
import type { Store } from './store/store.ts'
import type { Timers } from './timers.ts'

/** Everything that runs between start and stop. */
export interface Running {
  store: Store
  context: EngineContext
  connections: Connections
  transport: Transport
  listener: CallbackListener
  inlet: Inlet
  pump: Pump
  backups: Backups
  timers: Timers
  robots: RobotWatch
  cachedLogins: CachedLogins
  sandbox: SandboxLink
  pictures: PictureHouse
  tally: Tally
}
