/** A host for the ways in, as a process of its own: `ways-host.ts <folder>`. Its entries are called by messages. */
import { openEngine } from './engine.ts'

/** One call; its answer comes with the same number. */
export interface Asked {
  readonly number: number
  readonly entry: string
  readonly input: unknown
}

const [, , dir = ''] = process.argv
const engine = await openEngine(dir, null)
process.on('message', (message: Asked | 'end') => {
  if (message === 'end') return void engine.stop().then(() => process.exit())
  const { number, entry, input } = message
  void engine.call(entry, input, { locale: 'en' }).then((answer) => process.send?.({ number, answer }))
})
process.send?.('ready')
