import type { EventEmitter } from 'node:events'

/** An event that a listener may prevent, as Electron's. */
export interface PreventableEvent {
  readonly defaultPrevented: boolean
  preventDefault(): void
}

/** Makes an event, with more fields. */
export function makeEvent<Fields extends object>(fields: Fields): Fields & PreventableEvent {
  let prevented = false
  return Object.defineProperties(
    { ...fields },
    {
      defaultPrevented: { get: () => prevented },
      preventDefault: {
        value: () => {
          prevented = true
        },
      },
    },
  ) as Fields & PreventableEvent
}

/** Emits an event that can be prevented. @returns whether it was not */
export function emitPreventable(emitter: EventEmitter, name: string, fields: object = {}, ...args: unknown[]): boolean {
  const event = makeEvent(fields)
  emitter.emit(name, event, ...args)
  return !event.defaultPrevented
}
