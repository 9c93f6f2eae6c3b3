/** In a utility process: `process.parentPort` instead of Node's own channel, and an end with the parent. */
import { EventEmitter } from 'node:events'

const send = process.send?.bind(process)
if (!send) throw new Error('this runs beneath the stand-in’s utilityProcess only')

class ParentPort extends EventEmitter {
  postMessage(message: unknown): void {
    send?.(message)
  }
}

const port = new ParentPort()
process.on('message', ({ message }: { message: unknown }) => port.emit('message', { data: message, ports: [] }))
process.on('disconnect', () => process.exit(0))
Reflect.deleteProperty(process, 'send')
Reflect.set(process, 'parentPort', port)
