/** One data folder and the rounds on it: started, loaded, killed; at last brought to rest and looked through. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { unpaced } from '#shared/contract/entries/pace.ts'
import { merchantKeys, startPlatform, type FakePlatform } from '../support/fake-platform.ts'
import { answerFor } from './gateway.ts'
import { hostOf, killHost, spawnHost, uncaught, type Host } from './host.ts'
import { Ledger } from './ledger.ts'
import { Load } from './load.ts'
import type { Chance } from './random.ts'
import { merchantNo, Scene, type Robot } from './scene.ts'
import { noteDoubts, settleAll } from './settle.ts'
import { judge, type Figures } from './verdict.ts'

const robotCount = 6
/** How a round goes: under how many callbacks at a time, and after how many acknowledgements the kill comes. */
interface Kind {
  readonly lanes: number
  /** A busy machine gets as far as an idle one. */
  readonly least: number
  readonly most: number
  /** Longest time until then, in milliseconds. */
  readonly patienceMs: number
}
const usual: Kind = { lanes: 16, least: 20, most: 500, patienceMs: 1500 }
/** More than can be applied at once: most of what was acknowledged waits for its effects when the kill comes. */
const flood: Kind = { lanes: 256, least: 1000, most: 5000, patienceMs: 4000 }
const floodShare = 0.25
/** What is added by chance, in milliseconds. */
const luckMs = 40
/** When the kill comes in a round that does not get as far as that, in milliseconds. */
const startMs = 900
/** The share of rounds in which it comes before the host is ready. */
const earlyShare = 0.15

async function furnish(host: Host, platform: FakePlatform): Promise<{ robots: Robot[]; callbackUrl: URL }> {
  await host.api('settings.set', { pace: unpaced })
  const { id: connectionId, callbackUrl } = await host.api('connections.save', {
    name: 'Faults',
    gatewayUrl: platform.url,
    appId: '2021000000000001',
    merchantNo,
    methodPrefix: 'xx.xx',
    privateKeyPem: merchantKeys.privateKey,
  })
  const robots: Robot[] = []
  for (let n = 0; n < robotCount; n += 1) {
    const serialNo = `8800000000000000${100 + n}`
    robots.push({ id: (await host.api('robots.add', { connectionId, serialNo })).id, serialNo })
  }
  return { robots, callbackUrl: new URL(callbackUrl) }
}

/** Ends at a random moment under load. */
async function someWork(ledger: Ledger, chance: Chance, { least, most, patienceMs }: Kind): Promise<void> {
  const enough = ledger.acknowledged + least + chance() * (most - least)
  const end = Date.now() + patienceMs
  while (ledger.acknowledged < enough && Date.now() < end) await pause(1)
  await pause(chance() * luckMs)
}

export async function campaign(rounds: number, chance: Chance, told: (line: string) => void): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-faults-'))
  const platform = await startPlatform()
  const ledger = new Ledger()
  try {
    let host = await hostOf(spawnHost(folder))
    const { robots, callbackUrl } = await furnish(host, platform)
    const scene = new Scene(robots, ledger, chance)
    answerFor(platform, scene, ledger, chance)
    const loadOn = (fresh: boolean, { lanes } = usual): Load =>
      new Load({ host, callbackUrl, scene, ledger, chance, fresh, lanes })
    let startsKilled = 0
    for (let round = 0; round < rounds; round += 1) {
      const kind = chance() < floodShare ? flood : usual
      const load = loadOn(true, kind)
      await someWork(ledger, chance, kind)
      await host.kill()
      await load.stop()
      while (round + 1 < rounds && chance() < earlyShare) {
        round += 1
        startsKilled += 1
        const starting = spawnHost(folder)
        await pause(chance() * startMs)
        await killHost(starting)
      }
      told(`round ${round + 1}: acknowledged ${ledger.acknowledged}, sent ${ledger.received.size}`)
      host = await hostOf(spawnHost(folder))
      await noteDoubts(host, ledger)
    }
    const load = loadOn(false)
    await settleAll(host, load, ledger)
    const figures = await judge(host, scene, ledger)
    await load.stop()
    await host.stop()
    return { rounds, startsKilled, ...figures, uncaught: uncaught.splice(0).length }
  } finally {
    await platform.close()
    await rm(folder, { recursive: true, force: true })
  }
}
