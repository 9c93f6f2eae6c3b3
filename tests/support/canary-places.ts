/** Plants secrets where whoever reaches this machine, and the places that pictures go to, need some. */
import { until } from './desk.ts'

/** Calls an entry of the host under test. @returns its result, empty where it was refused */
export type Caller = (entry: string, input: unknown) => Promise<Record<string, unknown>>

type Secrets = Readonly<Record<string, string>>

/** Secrets of the ways in: kept, refused, used in vain, and told by the program that they were given to. */
export async function plantWays(call: Caller, connectionId: string, secrets: Secrets): Promise<void> {
  const publicUrl = 'http://127.0.0.1'
  const ssh = { way: 'ssh', host: '127.0.0.1', port: 1, username: 'u', remotePort: 0, publicUrl }
  const relay = { way: 'relay', publicUrl, servers: ['nats://127.0.0.1:1'] }
  const { sshKeyPassphrase, sshPassword, ngrokToken, commandSecret, natsToken, natsPassword } = secrets
  const way = (settings: object, kept: object) => call('reach.save', { connectionId, settings, secrets: kept })
  const hasFailed = () =>
    until('the way to have failed', async () => (await call('reach.get', { connectionId })).state === 'failed')
  await way({ ...ssh, auth: 'key' }, { sshKey: secrets.refusedSshKey, sshKeyPassphrase })
  await way({ ...ssh, auth: 'password' }, { sshPassword, sshKeyPassphrase })
  await hasFailed()
  await way({ way: 'ngrok' }, { ngrokToken })
  await hasFailed()
  await way({ ...relay, auth: 'token' }, { natsToken })
  await hasFailed()
  await way({ ...relay, auth: 'password', username: 'u' }, { natsPassword })
  await hasFailed()
  await way({ ...relay, auth: 'nkey' }, { natsSeed: secrets.refusedNatsSeed })
  await hasFailed()
  const tell = 'console.error(process.env.TUNNEL_TOKEN); process.exit(1)'
  await way(
    { way: 'command', argv: [process.execPath, '-e', tell], pattern: 'http:.*', secretName: 'TUNNEL_TOKEN' },
    { commandSecret },
  )
  await hasFailed()
  await call('reach.check', { connectionId })
  await way({ way: 'off' }, {})
}

/** Secrets of the places for pictures: refused, used where nobody is, and where somebody takes them. */
export async function plantPlaces(call: Caller, platformUrl: string, secrets: Secrets): Promise<void> {
  const s3 = { bucket: 'chat', accessKeyId: 'key', publicUrl: platformUrl }
  const dav = { username: 'anna', publicUrl: platformUrl }
  await call('pictures.setPlaces', {
    s3: { ...s3, endpoint: 'ftp://x', secretAccessKey: secrets.refusedPictureSecret },
  })
  await call('pictures.setPlaces', {
    webdav: { ...dav, url: 'http://dav.example/', password: secrets.refusedPictureSecret },
  })
  for (const endpoint of ['http://127.0.0.1:1/', platformUrl]) {
    await call('pictures.setPlaces', { way: 's3', s3: { ...s3, endpoint, secretAccessKey: secrets.s3Secret } })
    await call('pictures.test', {})
    await call('pictures.setPlaces', {
      way: 'webdav',
      webdav: { ...dav, url: endpoint, password: secrets.webdavPassword },
    })
    await call('pictures.test', {})
  }
  await call('pictures.places', {})
}
