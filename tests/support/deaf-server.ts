/** A server that takes what it is sent, and never answers. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export class DeafServer {
  readonly #server = createServer((request) => void request.resume())
  url = ''

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Waits until it is asked for something. */
  asked(method: string, name: RegExp): Promise<IncomingMessage> {
    return new Promise((resolve) => {
      const hear = (heard: IncomingMessage): void => {
        if (heard.method !== method || !name.test(heard.url ?? '')) return
        this.#server.off('request', hear)
        resolve(heard)
      }
      this.#server.on('request', hear)
    })
  }

  /** Ends what it has left without an answer. */
  hangUp(): void {
    this.#server.closeAllConnections()
  }

  close(): void {
    this.hangUp()
    this.#server.close()
  }
}
