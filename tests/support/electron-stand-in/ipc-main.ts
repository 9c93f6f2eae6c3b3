/** `ipcMain`. */
import { EventEmitter } from 'node:events'
import { decode, encode, type Encoded } from './codec.ts'

/** What the sender of a message is to the application. */
export interface Frame {
  readonly url: string
  readonly origin: string
  readonly parent: object | null
}

type InvokeHandler = (event: object, ...args: unknown[]) => unknown

class IpcMain extends EventEmitter {
  /** Known by this name in Electron too; tests speak to the application as another frame with it. */
  readonly _invokeHandlers = new Map<string, InvokeHandler>()

  handle(channel: string, handler: InvokeHandler): void {
    if (this._invokeHandlers.has(channel)) {
      throw new Error(`Attempted to register a second handler for '${channel}'`)
    }
    this._invokeHandlers.set(channel, handler)
  }
  removeHandler(channel: string): void {
    this._invokeHandlers.delete(channel)
  }
}

export const ipcMain = new IpcMain()

export type Outcome = { ok: true; result: Encoded } | { ok: false; message: string }

/** Runs the handler of a channel, as a page's `invoke` does. What goes wrong is put in Electron's words. */
export async function answerInvoke(
  channel: string,
  args: Encoded,
  event: { sender: object; senderFrame: Frame | null },
): Promise<Outcome> {
  try {
    const handler = ipcMain._invokeHandlers.get(channel)
    if (!handler) throw new Error(`No handler registered for '${channel}'`)
    const result: unknown = await handler(
      { ...event, type: 'frame', processId: 1, frameId: 1 },
      ...(decode(args) as unknown[]),
    )
    return { ok: true, result: encode(result) }
  } catch (error) {
    return { ok: false, message: `Error invoking remote method '${channel}': ${String(error)}` }
  }
}
