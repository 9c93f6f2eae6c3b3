import { platformEntries } from '#shared/contract/entries/platform.ts'
import { AppError } from '#shared/contract/errors.ts'
import { previewRequest } from '../platform/preview.ts'
import type { Handlers } from './context.ts'
import { key } from './context.ts'
import { parametersOf } from './platform.ts'

export const consoleHandlers: Handlers<'platform.preview'> = {
  'platform.preview': async ({ connectionId, method, parameters, signed }, { connections }) => {
    // What the method's own entry would refuse is refused here, by the same names.
    const parsed = platformEntries[`platform.${method}`].input.safeParse({ ...parameters, connectionId })
    const issue = parsed.error?.issues[0]
    if (issue)
      throw new AppError('invalid-input', { field: issue.path.join('.') || 'parameters', problem: issue.message })
    const connection = connections.get(key(connectionId))
    const data = parametersOf(method, parameters, connection.merchantNo)
    const privateKey = signed ? await connections.key(connection.id) : null
    return previewRequest(connection, method, data, privateKey, new Date())
  },
}
