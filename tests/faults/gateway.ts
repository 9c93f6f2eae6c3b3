/** The platform of this harness: writes down every request, answers late, sometimes not, and echoes when it likes. */
import type { ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { accepted, type FakePlatform, type PlannedAnswer, type PlatformRequest } from '../support/fake-platform.ts'
import type { Ledger } from './ledger.ts'
import type { Chance } from './random.ts'
import type { Scene } from './scene.ts'

/** Longest time that an answer takes, in milliseconds: so long is a send in flight. */
const slowestMs = 12

const reset = (response: ServerResponse): void => {
  response.socket?.resetAndDestroy()
}

export function answerFor(platform: FakePlatform, scene: Scene, ledger: Ledger, chance: Chance): void {
  platform.script = async (request: PlatformRequest): Promise<PlannedAnswer> => {
    if (request.method !== 'sendMessage') return accepted(request)
    const { msg_content: text } = request.data.content as { msg_content: string }
    const written = ledger.written.get(text)
    if (!written) throw new Error(`asked to send what nobody wrote: ${text}`)
    ledger.receive(text)
    const echo = scene.echo(String(request.data.vcRobotSerialNo), written, request.serialNo)
    const fate = chance()
    // Some echoes overtake the answer, the others follow it.
    if (written.echoes && fate < 0.2) ledger.waiting.push(echo)
    await pause(chance() * slowestMs)
    if (written.echoes && fate >= 0.2) ledger.waiting.push(echo)
    // It was read and carried out, but nobody hears of it.
    if (fate > 0.98) return { body: reset }
    return accepted(request)
  }
}
