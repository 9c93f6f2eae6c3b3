/**
 * The corpus: each callback of the platform's document in each form that a deployment may send, posted to a real
 * engine over HTTP; what it must become is looked up through the contract.
 */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Callback } from '#shared/contract/entries/record.ts'
import { documented, type DocumentedCallback } from '../../corpus/callbacks.ts'
import type { Expected } from '../../corpus/expected.ts'
import { forms, type Form, type Header } from '../../corpus/forms.ts'
import { special, type SpecialCallback } from '../../corpus/special.ts'
import { merchantNo } from '../../support/desk.ts'
import { accepted } from '../../support/fake-platform.ts'
import { nextStamp, openEngineOffice, type EngineOffice, type RobotHandle } from '../../support/engine-office.ts'

let office: EngineOffice
let posted = 0

/** An engine for each callback: the lists of robots stay short. */
function withOffice(): void {
  beforeAll(async () => {
    office = await openEngineOffice({ advanced: { withdrawnMethods: true } })
  })
  afterAll(() => office.close())
}

afterAll(() => {
  process.stdout.write(
    `corpus: ${documented.length} callbacks × ${forms.length} forms + ${special.length} special ones, ${posted} posted\n`,
  )
})

const serials = { hex: () => `1234567890${Math.floor(Math.random() * 1e12)}`.padEnd(32, '7'), uuid: randomUUID }

/** Begins what the callback settles. @returns its id and serial number */
async function begin(callback: Pick<DocumentedCallback, 'begun'>, form: Pick<Form, 'serial'>, robot: RobotHandle) {
  if (!callback.begun) return null
  const { entry, method, input } = callback.begun
  const serialNo = form.serial === 'hex' || form.serial === 'uuid' ? serials[form.serial]() : undefined
  office.platform.script = (request) => accepted({ ...request, serialNo: serialNo ?? request.serialNo })
  const { operationId } = await office.desk.call(entry, { robotId: robot.id, ...input } as never)
  await robot.settled(operationId, 'accepted')
  return { operationId, serialNo: serialNo ?? office.platform.of(method).at(-1)?.serialNo }
}

/** All that the contract shows of a robot. */
async function shown(robot: RobotHandle) {
  const friends = (await office.desk.call('friends.list', { robotId: robot.id })).items
  const groups = []
  for (const { id } of (await office.desk.call('groups.list', { robotId: robot.id })).items) {
    const group = await office.desk.call('groups.get', { robotId: robot.id, groupId: id })
    groups.push({ ...group, left: group.leftAt !== null })
  }
  const messages = []
  for (const { peer } of (await office.desk.call('conversations.list', { robotId: robot.id })).items) {
    for (const message of await robot.history(peer)) messages.push({ ...message, peer })
  }
  return { friends, groups, messages, robot: await robot.state() }
}

async function check(expected: Expected, callback: Callback, robot: RobotHandle, operationId: string | undefined) {
  const { state, reason = null, tolerances = [], friends = [], groups = [], messages = [] } = expected
  const full = await office.desk.call('callbacks.get', { id: callback.id })
  expect({ state: full.state, reason: full.reason }).toEqual({ state, reason })
  expect(full.tolerances).toEqual(expect.arrayContaining([...tolerances]))
  const found = await shown(robot)
  for (const name of ['friends', 'groups', 'messages'] as const) {
    expect(found[name], name).toHaveLength({ friends, groups, messages }[name].length)
  }
  expect(found).toMatchObject({ friends, groups, messages, robot: expected.robot ?? {} })
  if (operationId !== undefined && expected.operation) {
    const { state: operation, login } = await robot.operation(operationId)
    expect(operation).toBe(expected.operation)
    if (expected.login) expect(login).toMatchObject(expected.login)
  }
}

const toleranceOf = (form: Form, callback: DocumentedCallback) =>
  typeof form.tolerance === 'function' ? form.tolerance(callback) : form.tolerance

describe.each(documented.map((callback) => [callback.name, callback] as const))('%s', (_name, callback) => {
  withOffice()
  const fitting = forms.filter((form) => form.fits?.(callback) ?? true)
  it.each(fitting.map((form) => [form.name, form] as const))('%s', async (_form, form) => {
    const robot = await office.robot()
    const begun = await begin(callback, form, robot)
    const header: Header = {
      merchantNo,
      robotSerialNo: robot.serialNo,
      serialNo: begun?.serialNo,
      stamp: nextStamp(),
    }
    const raw = form.post(callback, header)
    posted += form.times ?? 1
    const kept = await office.desk.deliver(office.callbackUrl, raw, form.contentType)
    for (let time = 1; time < (form.times ?? 1); time += 1) {
      expect((await office.desk.deliver(office.callbackUrl, raw, form.contentType)).state).toBe('repeat')
    }
    const tolerance = toleranceOf(form, callback)
    const expected = form.becomes?.(callback) ?? callback.becomes
    await check({ ...expected, tolerances: tolerance ? [tolerance] : [] }, kept, robot, begun?.operationId)
    // Kept as it came, but for the cached log-in.
    if (typeof raw === 'string' && !raw.toLowerCase().includes('cache_info')) expect(kept.raw).toBe(raw)
    expect(kept.raw).not.toContain('a-cached-log-in')
  })
})

describe('special ones', () => {
  withOffice()
  it.each(special.map((one) => [one.name, one] as const))('%s', async (_name, one: SpecialCallback) => {
    const robot = await office.robot()
    const begun = await begin(one, {}, robot)
    for (const earlier of one.before ?? []) {
      await robot.deliver(robot[earlier.generation](earlier.type, earlier.data, earlier.header))
    }
    const serial = begun?.serialNo === undefined ? {} : { optvcSerNo: begun.serialNo }
    posted += 1
    const kept = await robot.deliver(robot[one.generation](one.type, one.data, { ...serial, ...one.header }))
    await check(one.becomes, kept, robot, begun?.operationId)
  })
})
