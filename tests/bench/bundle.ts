/** Bundles what the bench runs as processes of their own, as the application is bundled: started and kept the same way. */
import { build } from 'vite'
import { bundleFolder } from './bundled.ts'

export async function bundle(): Promise<void> {
  await build({
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: true,
      outDir: bundleFolder,
      emptyOutDir: true,
      target: 'node24',
      rolldownOptions: {
        input: {
          server: 'tests/bench/server.ts',
          resident: 'tests/bench/resident.ts',
          'loop-server': 'tests/bench/loop-server.ts',
          sender: 'tests/bench/sender.ts',
          'ways-host': 'tests/bench/ways-host.ts',
          relay: 'electron/relay/main.ts',
          thread: 'electron/engine/store/thread.ts',
        },
        output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name].js' },
      },
    },
  })
}
