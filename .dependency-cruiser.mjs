/**
 * The dependency rule: who may import whom. Type-only imports count too (tsPreCompilationDeps): a type
 * that wanders is the first step of the code behind it.
 */

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'Modules in a circle can neither be understood nor tested nor started one without the other.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'not-to-unresolvable',
      comment: 'An import that this check cannot follow is one that no rule here can judge.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'shared-imports-nothing-of-ours',
      comment: 'The contract and the protocol facts are read by every part, so they depend on none.',
      severity: 'error',
      from: { path: '^shared/' },
      to: { path: '^(electron|renderer|scripts|tests|resources)/' },
    },
    {
      name: 'shared-runs-anywhere',
      comment: 'shared/ is bundled for the browser too: nothing of Node may stand in it.',
      severity: 'error',
      from: { path: '^shared/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'engine-only-shared',
      comment: 'The engine runs beneath every host; what it knew of one would break it beneath the other.',
      severity: 'error',
      from: { path: '^electron/engine/' },
      to: { path: '^(electron/(?!engine/)|renderer/|scripts/|tests/)' },
    },
    {
      name: 'hosts-only-engine-and-shared',
      comment: 'Two thin hosts, one engine: what both need belongs into the engine, not from one to the other.',
      severity: 'error',
      from: { path: '^electron/(desktop|headless)/' },
      to: { path: '^(electron/(?!engine/|$1/)|renderer/|scripts/|tests/)' },
    },
    {
      name: 'sandbox-only-protocol-facts',
      comment:
        'The sandbox checks what the engine does: with the engine’s own code it would agree with every mistake in it.',
      severity: 'error',
      from: { path: '^electron/sandbox/' },
      to: { path: '^(electron/(?!sandbox/)|shared/(?!protocol/)|renderer/|scripts/|tests/)' },
    },
    {
      name: 'relay-only-shared-and-what-receives',
      comment:
        'The relay stands in the open and keeps nothing: of the engine it has what reads a request, what says where things lie in NATS, what looks at an address hop by hop, and how it waits no longer than it wants to.',
      severity: 'error',
      from: { path: '^electron/relay/' },
      to: {
        path: '^(electron/(?!relay/)|renderer/|scripts/|tests/)',
        pathNot:
          '^electron/engine/(in-time|callbacks/(compressed|incoming|read|sources)|reach/(addresses|hops|outside)|reach/relay/(layout|nats|streams|watch))\\.ts$',
      },
    },
    {
      name: 'relay-reaches-no-store',
      comment: 'What the relay uses of the engine leads to no database, no vault and no handler either.',
      severity: 'error',
      from: { path: '^electron/relay/' },
      to: { path: '^electron/engine/(store|vault|handlers|outbox)/', reachable: true },
    },
    {
      name: 'nobody-imports-the-relay',
      comment: 'It is a program of its own.',
      severity: 'error',
      from: { path: '^(electron/(?!relay/)|shared/|renderer/)' },
      to: { path: '^electron/relay/' },
    },
    {
      name: 'renderer-only-shared',
      comment: 'The renderer speaks the contract and does not know which host is beneath it.',
      severity: 'error',
      from: { path: '^renderer/' },
      to: { path: '^(electron|scripts|tests)/' },
    },
    {
      name: 'renderer-runs-in-a-browser',
      comment: 'The window has no Node: a module of it would fail only when the screen that uses it opens.',
      severity: 'error',
      from: { path: '^renderer/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'only-desktop-knows-electron',
      comment: 'Everything else must run where no Electron is.',
      severity: 'error',
      from: { pathNot: '^electron/desktop/' },
      to: { path: '^(node_modules/)?electron(/|$)', dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer'] },
    },
    {
      name: 'only-the-store-opens-the-database',
      comment:
        'The database is opened by store threads only (see Threads in the design): no other code may block on it.',
      severity: 'error',
      from: { path: '^electron/', pathNot: '^electron/engine/store/' },
      to: { path: '^node_modules/(@types/)?better-sqlite3/' },
    },
    {
      name: 'nothing-imports-tests',
      comment: 'What ships does not know how it is tested.',
      severity: 'error',
      from: { path: '^(electron|shared|renderer)/' },
      to: { path: '^tests/' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.web.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(out|dist)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types', 'typings'],
    },
  },
}
