/**
 * Servers that pictures are stored on, for tests: s3rver (npm) speaks S3 and checks signatures, rclone and nginx
 * (Debian) speak WebDAV. Each listens on loopback, on a folder and a port of its own.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import S3rver from '@20minutes/s3rver'
import { until } from './desk.ts'
import { freePort, requireServer, systemServers, type SystemServer } from './servers.ts'

export interface StorageServer {
  readonly url: string
  /** Where what is stored lies. */
  readonly folder: string
  /** The same server on the same port, after it was stopped. */
  start(): Promise<void>
  stop(): Promise<void>
  close(): Promise<void>
}

async function serve(server: SystemServer, args: (port: number, folder: string) => string[]): Promise<StorageServer> {
  const program = requireServer(server)
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-storage-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  let child: ChildProcess | null = null
  const start = async (): Promise<void> => {
    const started = spawn(program, args(port, folder), { stdio: 'ignore' })
    child = started
    await until(`${program} on port ${port}`, async () => {
      if (started.exitCode !== null) throw new Error(`${program} ended with ${started.exitCode}`)
      return fetch(url).then(
        () => true,
        () => false,
      )
    })
  }
  const stop = async (): Promise<void> => {
    const running = child
    child = null
    if (!running || running.exitCode !== null) return
    const ended = new Promise((resolve) => running.once('exit', resolve))
    running.kill('SIGTERM')
    await ended
  }
  await start()
  return {
    url,
    folder,
    start,
    stop,
    close: async () => {
      await stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** What s3rver takes as the one account. */
export const s3Account = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' }

/** S3, with a bucket. */
export async function s3Server(bucket: string): Promise<StorageServer> {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-storage-'))
  const port = await freePort()
  const options = { address: '127.0.0.1', port, directory: folder, silent: true, vhostBuckets: false }
  let running: S3rver | null = null
  const start = async (): Promise<void> => {
    running = new S3rver({ ...options, configureBuckets: [{ name: bucket }] })
    await running.run()
  }
  const stop = async (): Promise<void> => {
    await running?.close()
    running = null
  }
  await start()
  const close = async (): Promise<void> => {
    await stop()
    rmSync(folder, { recursive: true, force: true })
  }
  return { url: `http://127.0.0.1:${port}`, folder, start, stop, close }
}

/** WebDAV by rclone, for one user. */
export const rcloneServer = (user: string, password: string): Promise<StorageServer> =>
  serve(systemServers.rclone, (port, folder) => [
    ...['serve', 'webdav', folder, '--addr', `127.0.0.1:${port}`, '--user', user, '--pass', password],
    ...['--config', '/dev/null', '--no-modtime'],
  ])

/** WebDAV by nginx: written with a password under `/dav/`, read by everybody under `/pictures/`. */
export const nginxServer = (user: string, password: string): Promise<StorageServer> =>
  serve(systemServers.nginx, (port, folder) => {
    chmodSync(folder, 0o755)
    for (const name of ['dav', 'tmp']) mkdirSync(join(folder, name), { recursive: true })
    writeFileSync(join(folder, 'users'), `${user}:{PLAIN}${password}\n`)
    writeFileSync(
      join(folder, 'nginx.conf'),
      `daemon off;
      ${process.getuid?.() === 0 ? 'user root;' : ''}
      pid ${folder}/pid;
      error_log ${folder}/error.log;
      events {}
      http {
        access_log off;
        client_body_temp_path ${folder}/tmp;
        types { image/png png; image/jpeg jpg; image/gif gif; image/webp webp; }
        server {
          listen 127.0.0.1:${port};
          client_max_body_size 11m;
          location /dav/ {
            alias ${folder}/dav/;
            dav_methods PUT DELETE;
            auth_basic pictures;
            auth_basic_user_file ${folder}/users;
          }
          location /pictures/ { alias ${folder}/dav/; }
        }
      }`,
    )
    return ['-e', `${folder}/error.log`, '-p', folder, '-c', join(folder, 'nginx.conf')]
  })
