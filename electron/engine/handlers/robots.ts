import { AppError } from '#shared/contract/errors.ts'
import type { ContractEvent } from '#shared/contract/events.ts'
import { connectionChanged } from './connections.ts'
import { callPlatform } from '../platform/client.ts'
import { Fields, isObject } from '../platform/json.ts'
import { cachedLoginName, passwordName } from '../vault/names.ts'
import type { EntriesOf, Handlers } from './context.ts'
import { key, keyOrUndefined, required } from './context.ts'

const keptLogins = (robotId: string): ContractEvent => ({ event: 'robot.keptLogins', data: { robotId } })

export const robotHandlers: Handlers<EntriesOf<'robots'> | EntriesOf<'limits'>> = {
  'robots.add': async (input, { store, connections }) => {
    const { id: connectionId } = connections.get(key(input.connectionId))
    const id = await store.write('robots.add', { connectionId, serialNo: input.serialNo, name: input.name })
    return { id: String(id) }
  },

  'robots.addMany': async ({ connectionId, serialNos }, { store, connections }) => {
    const { id } = connections.get(key(connectionId))
    return { items: await store.write('robots.addMany', { connectionId: id, serialNos }) }
  },

  'robots.update': async ({ id, ...change }, { store }) => {
    await store.write('robots.update', { ...change, id: key(id) })
    return {}
  },

  'robots.states': ({ robotId, ...input }, { store }) =>
    store.read('robots.states', { ...input, robotId: key(robotId) }),

  'limits.list': async (input, { store, connections }) => {
    const { id } = connections.get(key(input.connectionId))
    return { items: await store.read('limits.list', id), nextCursor: null }
  },

  'limits.set': async ({ connectionId, ...input }, context) => {
    const { id } = context.connections.get(key(connectionId))
    await context.store.write('limits.set', { ...input, connectionId: id })
    await connectionChanged(context, id)
    return {}
  },

  'robots.remove': async (input, { store, emit }) => {
    if (!(await store.write('robots.remove', key(input.id)))) throw new AppError('not-found', { what: 'robot' })
    emit([{ event: 'robot.removed', data: { id: input.id } }])
    return {}
  },

  'robots.list': async (input, { store }) => ({
    items: await store.read('robots.list', keyOrUndefined(input.connectionId)),
    nextCursor: null,
  }),

  'robots.login': async (input, { store, vault, passwords, emit }) => {
    const robotId = key(input.robotId)
    required(await store.read('robots.get', robotId), 'robot')
    const { method, password } = input
    // A remembered password belongs to the user name that it was given with.
    const username =
      input.username ??
      (method === 'password' ? ((await store.read('logins.lastUsername', robotId)) ?? undefined) : undefined)
    if (method === 'password' && !password && (await vault.get(passwordName(robotId))) === null) {
      throw new AppError('invalid-input', { field: 'password', problem: 'required' })
    }
    if (method === 'password' && password && input.remember) {
      await vault.put(passwordName(robotId), password)
      emit([keptLogins(input.robotId)])
    }
    const operationId = await store.write('operations.login', { robotId, method, username })
    if (method === 'password' && password) passwords.set(operationId, password)
    return { operationId: String(operationId) }
  },

  'robots.remembered': async (input, { store, vault }) => {
    const robotId = key(input.robotId)
    required(await store.read('robots.get', robotId), 'robot')
    const username = await store.read('logins.lastUsername', robotId)
    const [password, cachedAt] = await Promise.all([
      vault.get(passwordName(robotId)),
      store.read('secrets.keptAt', cachedLoginName(robotId)),
    ])
    return { username, password: password !== null, cachedAt }
  },

  'robots.forget': async ({ robotId, what }, { store, emit }) => {
    const id = key(robotId)
    required(await store.read('robots.get', id), 'robot')
    await store.write('secrets.delete', what === 'password' ? passwordName(id) : cachedLoginName(id))
    emit([keptLogins(robotId)])
    return {}
  },

  'robots.verificationCode': async (input, { store, connections, transport }) => {
    const robotId = key(input.robotId)
    const robot = required(await store.read('robots.get', robotId), 'robot')
    const connection = connections.get(key(robot.connectionId))
    const operationId = await store.read('logins.underWay', robotId)
    if (operationId === null) throw new AppError('not-allowed-now', { state: robot.state })
    const data = { vcMerchantNo: connection.merchantNo, vcRobotSerialNo: robot.serialNo }
    const privateKey = await connections.key(connection.id)
    const refersTo = { operationId, partId: null }
    const { record, outcome, reply } = await callPlatform(
      transport,
      connection,
      'getVerificationCode',
      data,
      privateKey,
      refersTo,
    )
    await store.write('calls.record', record)
    if (outcome.kind !== 'accepted') throw new AppError(outcome.failure.code, outcome.failure.params)
    const code = isObject(reply?.data) ? new Fields(reply.data).text('code') : undefined
    if (!code) throw new AppError('answer-unreadable', { status: record.status ?? 0 })
    await store.write('logins.code', { operationId, code })
    return { code }
  },

  'robots.logout': async (input, { store, connections }) => {
    const robot = required(await store.read('robots.get', key(input.robotId)), 'robot')
    if (!connections.get(key(robot.connectionId)).advanced.withdrawnMethods) {
      throw new AppError('method-withdrawn', { method: 'logout' })
    }
    const operationId = await store.write('operations.logout', key(robot.id))
    return { operationId: String(operationId) }
  },
}
