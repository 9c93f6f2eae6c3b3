/**
 * One connection that sends requests which were made beforehand, and reads no more of an answer than it must: on
 * a machine with few processors a full HTTP client would take from the servers what is to be measured.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** A whole request as it goes over the wire. */
export function requestBytes(url: URL, body: string): Buffer {
  const head = [
    `POST ${url.pathname} HTTP/1.1`,
    `host: ${url.host}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
  ]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`)
}

/** Whether an answer is there to its last byte. */
function complete(answer: string): boolean {
  const end = answer.indexOf('\r\n\r\n')
  if (end < 0) return false
  const length = /\r\ncontent-length: *(\d+)/i.exec(answer)?.[1]
  if (length === undefined) throw new Error(`an answer without a length: ${answer}`)
  return answer.length >= end + 4 + Number(length)
}

export class Lane {
  readonly #socket: Socket
  #answer = ''
  #waiting: { resolve(): void; reject(error: Error): void } | null = null

  constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => this.#read(text))
    socket.on('close', () => this.#waiting?.reject(new Error('the server closed the connection')))
    socket.on('error', (error) => this.#waiting?.reject(error))
  }

  static async open(url: URL): Promise<Lane> {
    const socket = connect(Number(url.port), url.hostname)
    await once(socket, 'connect')
    return new Lane(socket)
  }

  #read(text: string): void {
    this.#answer += text
    if (!complete(this.#answer)) return
    const answer = this.#answer
    const waiting = this.#waiting
    this.#answer = ''
    this.#waiting = null
    if (answer.startsWith('HTTP/1.1 200 ')) waiting?.resolve()
    else waiting?.reject(new Error(`answered ${answer.slice(0, 40)}`))
  }

  /** Sends a request and waits for its answer. @throws Error when it is no 200 */
  send(request: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#socket.write(request)
    })
  }

  close(): void {
    this.#waiting = null
    this.#socket.destroy()
  }
}
