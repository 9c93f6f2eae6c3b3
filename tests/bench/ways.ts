/**
 * The ways in, each beside the listener itself in the same run, in turns: callbacks acknowledged a second, and how long
 * none is acknowledged when a process that a way stands on is killed under load and started again. Host, helpers and
 * sender share the processors. After each run the history is compared with what was sent.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Engine } from '#engine/types.ts'
import { Desk } from '../support/desk.ts'
import { startPlatform } from '../support/fake-platform.ts'
import { ReachOffice, type Delivered } from '../support/reach-office.ts'
import { RemoteEngine } from './remote-engine.ts'
import { median, row, type Row } from './rows.ts'
import { kinds, missing, type Kind, type OpenKind, type Victim } from './way-kinds.ts'

interface Extent {
  /** Callbacks of a run. */
  count: number
  /** Callbacks of a run in which something is killed. */
  killed: number
  rounds: number
}

const quickExtent: Extent = { count: 400, killed: 400, rounds: 1 }
const longExtent: Extent = { count: 4000, killed: 2000, rounds: 3 }
const atOnce = 32

/** What was lost or doubled, over all runs of a way. */
class Ledger {
  sent = 0
  lost = 0
  doubled = 0

  note(count: number, { lost, doubled }: Delivered): void {
    this.sent += count
    this.lost += lost
    this.doubled += doubled
  }
}

/** A way that cannot be measured here. */
const absent = (what: string): Row => ({
  ...{ what, engine: Number.NaN, beside: '', limit: Number.NaN, ratio: Number.NaN, target: '', met: '' },
})

async function killUnderLoad(
  office: ReachOffice,
  open: OpenKind,
  victim: Victim,
  count: number,
): Promise<{ delivered: Delivered; startMs: number }> {
  let killing = Promise.resolve(0)
  const third = Math.floor(count / 3)
  const delivered = await office.deliver(
    count,
    {
      ...{ url: () => open.url, atOnce, ca: open.ca },
      acknowledged: (so) => {
        if (so !== third) return
        const killedAt = performance.now()
        killing = victim.killAndStart().then(() => performance.now() - killedAt)
      },
    },
    async () => {
      await killing
      await open.arrived?.()
    },
  )
  return { delivered, startMs: await killing }
}

async function measureKind(office: ReachOffice, kind: Kind, { count, killed, rounds }: Extent): Promise<Row[]> {
  const lacking = missing(kind)
  if (lacking) return [absent(`${kind.name}: not installed (Debian: apt-get install ${lacking.debian})`)]
  const ledger = new Ledger()
  const rates: Record<'direct' | 'way', number[]> = { direct: [], way: [] }
  const rows: Row[] = []
  const open = await kind.open(office)
  try {
    // With a certificate the plain door has a port of its own.
    const { listener } = await office.office.desk.call('system.info', {})
    const direct = `${listener.url}/callback/${office.office.callbackUrl.split('/').at(-1)}`
    for (let round = 0; round < rounds; round += 1) {
      const beside = await office.deliver(count, { url: () => direct, atOnce })
      const through = await office.deliver(count, { url: () => open.url, atOnce, ca: open.ca }, open.arrived)
      rates.direct.push(beside.rate)
      rates.way.push(through.rate)
      ledger.note(count, beside)
      ledger.note(count, through)
    }
    rows.push(row(`callbacks/s, ${kind.name}`, 'direct', median(rates.way), median(rates.direct), ''))
    for (const victim of open.victims) {
      const { delivered, startMs } = await killUnderLoad(office, open, victim, killed)
      ledger.note(killed, delivered)
      const what = `ms without an acknowledgement, ${victim.name} killed (${delivered.refused} refused and repeated)`
      rows.push(row(what, victim.until, delivered.longestGapMs, startMs, ''))
    }
  } finally {
    await office.save({ way: 'off' })
    await open.close()
  }
  const { sent, lost, doubled } = ledger
  rows.push(row(`lost of ${sent}, ${kind.name}`, 'none', lost, 0, '<= +0'))
  rows.push(row(`doubled of ${sent}, ${kind.name}`, 'none', doubled, 0, '<= +0'))
  return rows
}

export async function ways(quick: boolean): Promise<Row[]> {
  const extent = quick ? quickExtent : longExtent
  const dir = mkdtempSync(join(tmpdir(), 'switchboard-bench-ways-'))
  const platform = await startPlatform()
  const engine = await RemoteEngine.start(dir)
  const rows: Row[] = []
  try {
    const office = await ReachOffice.over(new Desk(engine as unknown as Engine, dir, []), platform)
    // Whoever has just started is slow.
    await office.deliver(quick ? 200 : 2000, { url: () => office.office.callbackUrl, atOnce })
    for (const kind of kinds) rows.push(...(await measureKind(office, kind, extent)))
  } finally {
    await engine.stop()
    await platform.close()
    rmSync(dir, { recursive: true, force: true })
  }
  return rows
}
