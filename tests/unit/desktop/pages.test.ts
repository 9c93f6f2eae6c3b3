import fc from 'fast-check'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { pageFile } from '../../../electron/desktop/page-paths.ts'
import { pagesHandler } from '../../../electron/desktop/pages.ts'

const base = 'app://switchboard'
const plain = /^[\w-]([\w.-]*[\w-])?$/

describe('which file an address stands for', () => {
  it.each([
    ['/assets/index-C3_x-9.js', ['assets', 'index-C3_x-9.js']],
    ['/assets/_plugin-vue_export-helper.js', ['assets', '_plugin-vue_export-helper.js']],
    ['/assets/a.js?v=1#x', ['assets', 'a.js']],
    ['/index.html', ['index.html']],
    ['/favicon.ico', ['favicon.ico']],
    ['', ['index.html']],
    ['/', ['index.html']],
    ['/inbox/1/friend/%E7%8E%8B.1', ['index.html']],
    ['/C:/Windows/win.ini', ['index.html']],
  ])('%s', (path, parts) => {
    expect(pageFile(base + path)).toEqual(parts)
  })
  it.each([
    '/assets/../../package.json',
    '/assets/%2e%2e/%2e%2e/package.json',
    '/assets/..%2f..%2fpackage.json',
    '/assets/..\\..\\package.json',
    '/assets/..%5c..%5cpackage.json',
    '/assets/a.js%00.png',
    '/assets/a.js\u0000',
    '/assets/C:/Windows/win.ini',
    '/assets/a.js::$DATA',
    '/assets/.env',
    '/assets/a.',
    '/assets/a ',
    '/assets//a.js',
    '/assets/',
    '/assets/%61.js',
    '/.env',
    '/..%2fpackage.json',
    '/media',
    '/media/x',
    '/api/robots.list',
    '/ws',
  ])('gives no file outside the folder for %j', (path) => {
    // Parsing takes dot segments and control characters out of an address; what is left are plain names or nothing.
    const parts = pageFile(base + path) ?? []
    expect(parts.every((part) => plain.test(part))).toBe(true)
  })
  it.each(['app://evil/index.html', 'https://switchboard/index.html', 'file:///index.html', 'x', ''])(
    'gives nothing for %j',
    (address) => {
      expect(pageFile(address)).toBeNull()
    },
  )
  it('gives plain names only, whatever is asked', () => {
    const piece = fc.oneof(
      fc.constantFrom('..', '.', '%2e%2e', '%2f', '%5c', '\\', '/', 'assets', 'C:', '%00', 'a.js', '~', ':', 'nul'),
      fc.string({ unit: 'binary', maxLength: 6 }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.constantFrom('', '/'), (pieces, glue) => {
        const parts = pageFile(`${base}/assets/${pieces.join(glue)}`) ?? []
        return parts.every((part) => plain.test(part))
      }),
      { numRuns: 2000 },
    )
  })
})

describe('the handler', () => {
  let folder: string
  let locked = false
  const media = vi.fn(() => Promise.resolve<{ type: 'image/png'; body: Buffer } | null>(null))
  const ask = (path: string, method = 'GET') =>
    pagesHandler(join(folder, 'renderer'), { media, isLocked: () => locked })({ url: base + path, method })

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'switchboard-pages-'))
    await mkdir(join(folder, 'renderer/assets/deep'), { recursive: true })
    await mkdir(join(folder, 'renderer-secret'))
    await writeFile(join(folder, 'secret.js'), 'secret')
    await writeFile(join(folder, 'renderer-secret/x.js'), 'secret')
    await writeFile(join(folder, 'renderer/index.html'), '<!doctype html>')
    await writeFile(join(folder, 'renderer/assets/a.js'), 'let a')
    await writeFile(join(folder, 'renderer/assets/strange.bin'), 'x')
    if (process.platform === 'win32') return
    await symlink(join(folder, 'secret.js'), join(folder, 'renderer/assets/link.js'))
    await symlink(join(folder, 'renderer-secret'), join(folder, 'renderer/assets/beside'))
    await symlink(join(folder, 'renderer/assets/a.js'), join(folder, 'renderer/assets/inner.js'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('serves files with their type and the security headers', async () => {
    const page = await ask('/inbox/1')
    expect(page.status).toBe(200)
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(page.headers.get('x-content-type-options')).toBe('nosniff')
    const policy = page.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self';")
    expect(policy).not.toMatch(/https?:|unsafe-eval|\*/)
    const script = await ask('/assets/a.js')
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(await script.text()).toBe('let a')
    expect((await ask('/assets/strange.bin')).headers.get('content-type')).toBe('application/octet-stream')
  })
  it('answers 404 for folders, missing files and names that are too long, with the headers too', async () => {
    for (const path of ['/assets/deep', '/assets/none.js', `/assets/${'x'.repeat(5000)}.js`, '/assets/deep/']) {
      const answer = await ask(path)
      expect(answer.status, path).toBe(404)
      expect(answer.headers.get('content-security-policy')).not.toBeNull()
    }
  })
  it.skipIf(process.platform === 'win32')('follows links only within the folder', async () => {
    expect((await ask('/assets/link.js')).status).toBe(404)
    expect((await ask('/assets/beside/x.js')).status).toBe(404)
    expect((await ask('/assets/inner.js')).status).toBe(200)
  })
  it('only reads', async () => {
    expect((await ask('/', 'POST')).status).toBe(405)
    const head = await ask('/', 'HEAD')
    expect([head.status, await head.text()]).toEqual([200, ''])
  })
  it('gives pictures as the engine gives them', async () => {
    expect((await ask('/media?robot=1&url=https%3A%2F%2Fexample.org%2Fa%2Bb.png')).status).toBe(404)
    expect(media).toHaveBeenLastCalledWith('1', 'https://example.org/a+b.png')
    media.mockResolvedValueOnce({ type: 'image/png', body: Buffer.from('png') })
    locked = true
    expect((await ask('/media?robot=1&url=x')).status).toBe(404)
    expect(media).toHaveBeenCalledTimes(1)
    locked = false
    const picture = await ask('/media?robot=1&url=x')
    expect(picture.headers.get('content-security-policy')).toBe("default-src 'none'; sandbox")
    expect(picture.headers.get('x-content-type-options')).toBe('nosniff')
    expect([picture.status, picture.headers.get('content-type'), await picture.text()]).toEqual([
      200,
      'image/png',
      'png',
    ])
    expect(picture.headers.get('x-content-type-options')).toBe('nosniff')
    media.mockClear()
    expect((await ask('/media?url=x')).status).toBe(404)
    expect((await ask('/media?robot=1')).status).toBe(404)
    expect(media).not.toHaveBeenCalled()
  })
})
