/** Serves the window: the built renderer's files, and the pictures that the engine lets through. */
import { readFile, realpath } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'
import type { Engine } from '#engine/types.ts'
import { pictureHeaders, securityHeaders } from '#shared/security/headers.ts'
import { desktopSeat } from './ipc.ts'
import { isOwnPage } from './origin.ts'
import { pageFile } from './page-paths.ts'

const headers = {
  ...securityHeaders,
  // The files change with an update only, and then all at once: nothing is worth keeping twice.
  'cache-control': 'no-store',
}

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
}

const answer = (
  status: number,
  body: Uint8Array<ArrayBuffer> | null,
  type = 'text/plain; charset=utf-8',
  further: Readonly<Record<string, string>> = {},
): Response => new Response(body, { status, headers: { ...headers, ...further, 'content-type': type } })

/** Reads a file that lies in the folder, also when links are followed; null when there is none. */
async function readInside(root: string, parts: readonly string[]): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    const folder = await realpath(root)
    const file = await realpath(join(root, ...parts))
    if (!file.startsWith(folder + sep)) return null
    return Uint8Array.from(await readFile(file))
  } catch {
    // A folder, a name that is too long, no file: none of them is a page.
    return null
  }
}

/** What a request for a picture names; null for every other request. */
function pictureOf(address: string): { robotId: string; link: string } | null {
  if (!isOwnPage(address)) return null
  const { pathname, searchParams } = new URL(address)
  const robotId = searchParams.get('robot')
  const link = searchParams.get('url')
  return pathname === '/media' && robotId !== null && link !== null ? { robotId, link } : null
}

/**
 * Makes the handler for the application's scheme.
 *
 * @param root folder of the built renderer
 * @param engine fetches and checks the pictures that messages name (`/media?robot=…&url=…`)
 * @returns a handler that always answers: 200, 404, or 405 to what is more than reading
 */
export function pagesHandler(
  root: string,
  engine: Pick<Engine, 'media' | 'isLocked'>,
): (request: Pick<Request, 'method' | 'url'>) => Promise<Response> {
  return async ({ method, url }) => {
    if (method !== 'GET' && method !== 'HEAD') return answer(405, null)
    const picture = pictureOf(url)
    if (picture) {
      const media = engine.isLocked(desktopSeat) ? null : await engine.media(picture.robotId, picture.link)
      // It may have been locked while the picture was on its way.
      return media && !engine.isLocked(desktopSeat)
        ? answer(200, Uint8Array.from(media.body), media.type, pictureHeaders)
        : answer(404, null)
    }
    const parts = pageFile(url)
    const content = parts && (await readInside(root, parts))
    if (!parts || !content) return answer(404, null)
    const type = contentTypes[extname(parts.at(-1) ?? '')] ?? 'application/octet-stream'
    return answer(200, method === 'HEAD' ? null : content, type)
  }
}
