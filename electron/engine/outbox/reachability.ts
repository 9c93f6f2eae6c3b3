/** Says while a gateway cannot be reached, or refuses every call, and that it is over. */
import type { Notices } from '../notices.ts'
import type { CallResult } from '../store/outbox.ts'

export const tellReachability =
  (notices: Notices) =>
  ({ call, outcome }: CallResult): void => {
    if (!call) return
    const notice = `gateway ${call.connectionId}`
    // A signature that is refused is refused for every call: it concerns the connection, not the message.
    const concernsAll =
      outcome.kind === 'not-sent' || (outcome.kind === 'failed' && outcome.failure.code === 'signature-refused')
    if (concernsAll) notices.raise(notice, outcome.failure)
    else notices.clear(notice)
  }
