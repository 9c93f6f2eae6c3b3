/** Real reverse proxies that end TLS before the listener, configured as docs/deploy.md says. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Agent, request } from 'undici'
import type { Authority } from './certificates.ts'
import { until } from './desk.ts'
import { freePort, OwnServer, requireServer, systemServers } from './servers.ts'

interface Place {
  readonly home: string
  readonly port: number
  readonly cert: string
  readonly key: string
  /** `host:port` of what it passes on to. */
  readonly target: string
}

/** What docs/deploy.md says, in a whole that an ordinary user may run. */
function nginxConfig({ home, port, cert, key, target }: Place): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `daemon off;
${process.getuid?.() === 0 ? 'user root;' : ''}
pid ${home}/pid;
error_log ${home}/error.log;
events {}
http {
  access_log off;
  ${temporary.map((kind) => `${kind}_temp_path ${home}/${kind};`).join('\n  ')}
  upstream switchboard { server ${target}; keepalive 32; }
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${cert};
    ssl_certificate_key ${key};
    ssl_protocols TLSv1.2 TLSv1.3;
    client_max_body_size 4m;
    location /callback/ {
      proxy_pass http://switchboard;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_next_upstream off;
    }
    # A path of its own, which it takes away again.
    location /shop/ { proxy_pass http://switchboard/; }
    location / { return 404; }
  }
}
`
}

/** The same: the certificate is the test's, since none is to be had for loopback. */
const caddyConfig = ({ home, port, cert, key, target }: Place): string => `{
  admin off
  auto_https disable_redirects
  storage file_system ${home}/storage
}
https://127.0.0.1:${port} {
  bind 127.0.0.1
  tls ${cert} ${key}
  request_body {
    max_size 4MB
  }
  handle /callback/* {
    reverse_proxy ${target}
  }
  handle_path /shop/* {
    reverse_proxy ${target}
  }
  handle {
    respond 404
  }
}
`

export class ReverseProxy {
  readonly url: string
  readonly #home: string
  readonly #ca: string
  readonly #server: OwnServer

  private constructor(place: Place, ca: string, server: OwnServer) {
    this.url = `https://127.0.0.1:${place.port}`
    this.#home = place.home
    this.#ca = ca
    this.#server = server
  }

  /** @param target where callbacks are passed on to, `host:port` */
  static async start(kind: 'nginx' | 'caddy', authority: Authority, target: string): Promise<ReverseProxy> {
    const home = mkdtempSync(join(tmpdir(), `switchboard-${kind}-`))
    const place = { home, target, port: await freePort(), ...authority.issue() }
    const config = join(home, kind === 'nginx' ? 'nginx.conf' : 'Caddyfile')
    writeFileSync(config, kind === 'nginx' ? nginxConfig(place) : caddyConfig(place))
    const args =
      kind === 'nginx'
        ? ['-c', config, '-p', home, '-e', join(home, 'error.log')]
        : ['run', '--config', config, '--adapter', 'caddyfile']
    // Caddy keeps its last configuration there.
    const env = { XDG_CONFIG_HOME: home, XDG_DATA_HOME: home }
    const proxy = new ReverseProxy(place, authority.pem, new OwnServer(requireServer(systemServers[kind]), args, env))
    await proxy.start()
    return proxy
  }

  /** Asks by TLS, trusting the test's authority. @returns the status */
  async ask(path: string, method: 'GET' | 'POST' = 'GET', body = '{}'): Promise<number> {
    const dispatcher = new Agent({ connect: { ca: this.#ca } })
    try {
      const answer = await request(`${this.url}${path}`, { method, dispatcher, ...(method === 'POST' && { body }) })
      await answer.body.dump()
      return answer.statusCode
    } finally {
      await dispatcher.destroy()
    }
  }

  /** Starts it, again after it was killed. */
  async start(): Promise<void> {
    this.#server.start()
    await until(`the proxy to answer: ${this.#server.output}`, () => this.ask('/').catch(() => false))
  }

  /** Kills it with every process that it started, in the midst of whatever they do. */
  kill(): Promise<void> {
    return this.#server.kill()
  }

  async close(): Promise<void> {
    await this.kill()
    rmSync(this.#home, { recursive: true, force: true })
  }
}
