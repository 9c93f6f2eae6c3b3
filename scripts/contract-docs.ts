/**
 * Writes docs/contract.md from the contract's definitions. With `--check` it writes nothing and fails when the
 * file is not what it would write.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import { commonErrors } from '../shared/contract/define.ts'
import { connectionSchema } from '../shared/contract/entries/connections.ts'
import { conversationSchema, messageSchema } from '../shared/contract/entries/conversations.ts'
import { callbackSchema, callSchema, loginSchema, operationSchema } from '../shared/contract/entries/record.ts'
import { robotSchema } from '../shared/contract/entries/robots.ts'
import { settingsSchema, systemInfoSchema } from '../shared/contract/entries/system.ts'
import { errorSchema, errorTexts } from '../shared/contract/errors.ts'
import { events } from '../shared/contract/events.ts'
import { callFrame, closeCodes, helloFrame, serverFrame } from '../shared/contract/frames.ts'
import { contract, contractVersion } from '../shared/contract/index.ts'
import { readFieldComments } from './lib/field-comments.ts'
import { inProject } from './lib/project.mjs'
import { cell, schemaOf, type Shapes, tableOf } from './lib/schema-table.ts'

const file = inProject('docs', 'contract.md')

/* Those that several entries and events give, by the name of the constant that holds each. */
const named = {
  connectionSchema: ['Connection', connectionSchema],
  robotSchema: ['Robot', robotSchema],
  conversationSchema: ['Conversation', conversationSchema],
  messageSchema: ['Message', messageSchema],
  operationSchema: ['Operation', operationSchema],
  loginSchema: ['Login', loginSchema],
  callSchema: ['Call', callSchema],
  callbackSchema: ['Callback', callbackSchema],
  settingsSchema: ['Settings', settingsSchema],
  systemInfoSchema: ['System info', systemInfoSchema],
  errorSchema: ['Error', errorSchema],
} as const satisfies Record<string, readonly [string, z.ZodType]>

const shapes: Shapes = z.registry()
for (const [name, schema] of Object.values(named)) shapes.add(schema, { id: name })

const comments = readFieldComments(inProject('shared', 'contract'))

function shapeChapters(): string[] {
  return Object.entries(named).flatMap(([constant, [name, schema]]) => {
    // Without itself in the registry it is written out, while the others in it stay references.
    const others: Shapes = z.registry()
    for (const [other, otherSchema] of Object.values(named)) if (other !== name) others.add(otherSchema, { id: other })
    const table = tableOf(schemaOf(schema, 'output', others), (field) => comments.get(constant, field))
    return [`### ${name}`, '', ...table, '']
  })
}

function entryChapters(): string[] {
  return Object.entries(contract).flatMap(([name, { summary, input, output, errors }]) => {
    const comment = (field: string): string | undefined => comments.get(name, field)
    const own = errors.filter((code) => !(commonErrors as readonly string[]).includes(code))
    return [
      `### ${name}`,
      '',
      summary,
      '',
      '**Takes**',
      '',
      ...tableOf(schemaOf(input, 'input', shapes), comment),
      '',
      '**Gives**',
      '',
      ...tableOf(schemaOf(output, 'output', shapes), comment),
      '',
      ...(own.length > 0 ? [`**Errors of its own**: ${own.map((code) => `\`${code}\``).join(', ')}`, ''] : []),
    ]
  })
}

function eventChapters(): string[] {
  return Object.entries(events).flatMap(([name, { summary, data }]) => [
    `### ${name}`,
    '',
    summary,
    '',
    ...tableOf(schemaOf(data, 'output', shapes), (field) => comments.get(name, field)),
    '',
  ])
}

function frameChapters(): string[] {
  const frames: [string, z.ZodType][] = [
    ['client → host: `hello`', helloFrame],
    ['client → host: `call`', callFrame],
    ...serverFrame.options.map((frame): [string, z.ZodType] => [`host → client: \`${frame.shape.type.value}\``, frame]),
  ]
  return frames.flatMap(([title, frame]) => [
    `#### ${title}`,
    '',
    ...tableOf(schemaOf(frame, 'output', shapes), (field) => comments.get(title, field)),
    '',
  ])
}

const errorRows = Object.entries(errorTexts).map(
  ([code, { status, en, 'zh-CN': zh }]) =>
    `| \`${code}\` | ${status} | ${cell(`${en.message}. ${en.hint}`)} | ${cell(`${zh.message}。${zh.hint}`)} |`,
)

const text = [
  '<!-- Made by `npm run docs` from shared/contract. Do not edit. -->',
  '',
  '# The contract',
  '',
  `Version ${contractVersion}. Everything that the interface can do, a script can do: the same entries, the same checks, the same errors. An entry is one definition in \`shared/contract\`, from which this page, the HTTP form, the WebSocket, the desktop’s IPC and the interface’s client are derived.`,
  '',
  '- [HTTP](#http)',
  '- [WebSocket](#websocket)',
  '- [Entries](#entries)',
  '- [Events](#events)',
  '- [Shapes](#shapes)',
  '- [Errors](#errors)',
  '',
  'An `id` is the text of a positive integer, given by this application; in friends and groups it is the platform’s, any text. Times are integer milliseconds UTC. Lists take `limit` (50 when absent, at most 500) and `cursor`, and give `items` and `nextCursor`, which is the `cursor` of the next page, or null at the end. “always” says whether a field is always there.',
  '',
  '## HTTP',
  '',
  'On the headless host each entry is `POST /api/<entry>` with a JSON object of at most 1 MiB:',
  '',
  '```sh',
  'curl http://127.0.0.1:$PORT/api/robots.list \\',
  '  -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" -d \'{"limit": 10}\'',
  '```',
  '',
  'The answer is `{"ok": true, "result": …}` with status 200, or `{"ok": false, "error": {"code", "message", "hint"}}` with the status of the code (see [Errors](#errors)); 413 and 415 stand for a body that is too large or no JSON. `Accept-Language` chooses the language of the sentences: `zh-CN` or `en`. Port and token stand in the line of JSON that the host prints when it is ready. After twenty wrong tokens within a minute the host compares none until the minute has passed, and answers 429.',
  '',
  'The host answers only to the names `127.0.0.1`, `localhost` and `[::1]` with its own port, and to no page of another origin. A browser signs in by the one-time link, or with the token at `/enter`; its session calls entries only from the host’s own pages.',
  '',
  '## WebSocket',
  '',
  '`/ws`, with the session’s cookie or `Authorization: Bearer`. Every message is one frame of JSON text, of at most 1 MiB. The client says `hello` within five seconds, the host answers `welcome`, and from then on sends `events`; an `engineId` other than before means that the engine was started anew, so load afresh. A later `hello` changes the language of the errors and is not answered. A client that does not read what waits for it is closed with 4408 and has to connect and load afresh; the host pings every thirty seconds.',
  '',
  `| close code | |`,
  '|---|---|',
  `| ${closeCodes.badFrame} | no \`hello\`, or a frame that cannot be read |`,
  `| ${closeCodes.unauthorized} | not signed in |`,
  `| ${closeCodes.slow} | reads too slowly |`,
  `| ${closeCodes.contractVersion} | another contract version; the frame \`refused\` came before |`,
  '',
  ...frameChapters(),
  '## Entries',
  '',
  `Beside its own errors each entry can give ${commonErrors.map((code) => `\`${code}\``).join(', ')}.`,
  '',
  ...entryChapters(),
  '## Events',
  '',
  'Each carries the whole new state of what changed; those of one moment come together, in order.',
  '',
  ...eventChapters(),
  '## Shapes',
  '',
  ...shapeChapters(),
  '## Errors',
  '',
  'A code is stable. `{…}` is filled in from the error’s `params`.',
  '',
  '| code | status | English | 中文 |',
  '|---|---|---|---|',
  ...errorRows,
  '',
].join('\n')

const read = (): string | undefined => {
  try {
    return readFileSync(file, 'utf8').replaceAll('\r\n', '\n')
  } catch {
    return undefined
  }
}

if (!process.argv.includes('--check')) {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
} else if (read() !== text) {
  process.stderr.write('docs/contract.md is not what the contract says any more: run npm run docs.\n')
  process.exitCode = 1
}
