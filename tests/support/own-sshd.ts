/** A real sshd on loopback with keys, configuration and port of its own, and an account that may log in by key. */
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { until } from './desk.ts'
import { freePort, OwnServer, requireServer, systemServers } from './servers.ts'

const makeKey = (path: string, passphrase = ''): void => {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-C', 'test', '-f', path])
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('data', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })

export class OwnSshd {
  readonly folder = mkdtempSync(join(tmpdir(), 'switchboard-sshd-'))
  readonly username = userInfo().username
  readonly port: number
  readonly #server: OwnServer
  readonly #extra: readonly string[]

  private constructor(port: number, extra: readonly string[]) {
    this.port = port
    this.#extra = extra
    makeKey(this.#path('host_key'))
    makeKey(this.#path('user_key'))
    makeKey(this.#path('closed_key'), 'open sesame')
    const authorized = ['user_key.pub', 'closed_key.pub'].map((name) => readFileSync(this.#path(name), 'utf8'))
    writeFileSync(this.#path('authorized_keys'), authorized.join(''), { mode: 0o600 })
    writeFileSync(this.#path('sshd_config'), this.#config())
    this.#server = new OwnServer(requireServer(systemServers.sshd), ['-D', '-e', '-f', this.#path('sshd_config')])
  }

  /** @param extra further lines of its configuration */
  static async start(...extra: string[]): Promise<OwnSshd> {
    const sshd = new OwnSshd(await freePort(), extra)
    // As root it separates its privileges, and wants this folder for it.
    if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
    await sshd.start()
    return sshd
  }

  #path(name: string): string {
    return join(this.folder, name)
  }

  #config(): string {
    return [
      `Port ${this.port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${this.#path('host_key')}`,
      `PidFile ${this.#path('pid')}`,
      `AuthorizedKeysFile ${this.#path('authorized_keys')}`,
      'StrictModes no',
      'UsePAM no',
      'PermitRootLogin yes',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'MaxStartups 100:30:200',
      ...this.#extra,
      '',
    ].join('\n')
  }

  /** A key that opens it, in OpenSSH's form. @param name `closed_key` has the passphrase "open sesame" */
  key(name: 'user_key' | 'closed_key' = 'user_key'): string {
    return readFileSync(this.#path(name), 'utf8')
  }

  keyPath(): string {
    return this.#path('user_key')
  }

  /** The host key's fingerprint, as ssh-keygen shows it. */
  fingerprint(): string {
    const said = execFileSync('ssh-keygen', ['-l', '-f', this.#path('host_key.pub')], { encoding: 'utf8' })
    return said.split(' ')[1] ?? ''
  }

  /** Gives it another host key, as a machine that was set up anew has, or one that poses as it. */
  changeHostKey(): void {
    for (const name of ['host_key', 'host_key.pub']) {
      copyFileSync(this.#path(name), this.#path(`${name}.old`))
      rmSync(this.#path(name))
    }
    makeKey(this.#path('host_key'))
  }

  async start(): Promise<void> {
    this.#server.start()
    await until(`sshd to answer: ${this.#server.output}`, () => answers(this.port))
  }

  /** Kills it with every session, in the midst of whatever they do. */
  kill(): Promise<void> {
    return this.#server.kill()
  }

  /** It keeps its connections and says nothing more, as behind a network that is gone. */
  freeze(): void {
    this.#server.freeze()
  }

  get output(): string {
    return this.#server.output
  }

  async close(): Promise<void> {
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
