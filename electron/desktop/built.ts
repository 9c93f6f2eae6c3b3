import { fileURLToPath } from 'node:url'

/** The path of a built file. The modules of the main process are bundled into out/main; the others lie from there. */
export const built = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
