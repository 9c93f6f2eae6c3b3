import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'electron-vite'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'
import { documents } from './scripts/lib/documents.ts'
import { shippedWorks } from './scripts/lib/licences.ts'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/* All three builds run in this one process, the renderer's last. */
const moduleIds = new Set<string>()

/** Notes what a bundle is made of; the renderer's build writes the list that the settings show. */
const licences = (writes: boolean): Plugin => ({
  name: 'licences',
  generateBundle(_options, bundle) {
    for (const chunk of Object.values(bundle)) {
      if (chunk.type === 'chunk') for (const id of Object.keys(chunk.modules)) moduleIds.add(id)
    }
    if (!writes) return
    const source = JSON.stringify(shippedWorks(at('.'), moduleIds))
    this.emitFile({ type: 'asset', fileName: 'licences.json', source })
  },
})

/**
 * Bundles: `main` holds both hosts, the store's thread, the sandbox and the relay, each an entry of its own that
 * is started by its path; `preload` is CommonJS, since a sandboxed preload cannot be anything else.
 */
export default defineConfig({
  main: {
    plugins: [licences(false)],
    build: {
      outDir: 'out/main',
      rollupOptions: {
        input: {
          desktop: at('electron/desktop/main.ts'),
          headless: at('electron/headless/main.ts'),
          'store-thread': at('electron/engine/store/thread.ts'),
          sandbox: at('electron/sandbox/main.ts'),
          relay: at('electron/relay/main.ts'),
        },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  preload: {
    plugins: [licences(false)],
    build: {
      outDir: 'out/preload',
      rollupOptions: {
        input: { preload: at('electron/desktop/preload.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: at('renderer'),
    // Routes are paths, so assets must be named from the root: electron-vite would name them from where the page is.
    plugins: [
      documents(at('docs')),
      vue({ include: [/\.vue$/, /\.md$/] }),
      { name: 'assets-from-the-root', config: () => ({ base: '/' }) },
      licences(true),
    ],
    resolve: { alias: { '@': at('renderer') } },
    define: {
      __VUE_I18N_FULL_INSTALL__: false,
      __VUE_I18N_LEGACY_API__: false,
      __INTLIFY_PROD_DEVTOOLS__: false,
      __VUE_PROD_DEVTOOLS__: false,
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: false,
    },
    build: {
      minify: true,
      // Comes from the same machine, or once from the office server: size matters little.
      chunkSizeWarningLimit: 1500,
      outDir: at('out/renderer'),
      emptyOutDir: true,
      rollupOptions: {
        input: { index: at('renderer/index.html') },
        output: {
          // The documents of the help lie apart, and are weighed apart.
          chunkFileNames: ({ facadeModuleId }) =>
            `assets/${facadeModuleId?.endsWith('.md') ? 'help/' : ''}[name]-[hash].js`,
        },
      },
    },
  },
})
