/** Certificates for tests, made by openssl: an authority of their own, and servers that it vouches for. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const openssl = (...args: string[]): void => {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] })
}

export interface CertificateOptions {
  /** The name that it is for; 127.0.0.1 unless given. */
  readonly name?: string
  /** From how many days from now, and until how many; 0 and 2 unless given. */
  readonly from?: number
  readonly until?: number
}

/** An authority in a folder of the test's. */
export class Authority {
  readonly #folder: string
  #count = 0

  constructor(folder: string) {
    this.#folder = folder
    const subject = ['-subj', '/CN=Test authority', '-days', '3']
    const [key, cert] = [join(folder, 'ca.key'), join(folder, 'ca.pem')]
    openssl(
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      ...subject,
      '-keyout',
      key,
      '-out',
      cert,
    )
  }

  /** Its own certificate, PEM. */
  get pem(): string {
    return readFileSync(join(this.#folder, 'ca.pem'), 'utf8')
  }

  /** Makes a server's certificate. @returns where it and its key lie */
  issue({ name = '127.0.0.1', from = 0, until = 2 }: CertificateOptions = {}): { cert: string; key: string } {
    this.#count += 1
    const path = (kind: string): string => join(this.#folder, `${this.#count}.${kind}`)
    const isAddress = /^[\d.]+$/.test(name)
    writeFileSync(path('ext'), `subjectAltName=${isAddress ? 'IP' : 'DNS'}:${name}\n`)
    openssl(
      'req',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      path('key'),
      '-out',
      path('csr'),
    )
    const stamp = (days: number): string =>
      new Date(Date.now() + days * 86_400_000).toISOString().replace(/[-:T]/g, '').slice(0, 14) + 'Z'
    const ca = ['-CA', join(this.#folder, 'ca.pem'), '-CAkey', join(this.#folder, 'ca.key'), '-CAcreateserial']
    const dates = this.#dates(stamp(from), stamp(until))
    if (dates === null) {
      openssl(
        'x509',
        '-req',
        '-in',
        path('csr'),
        ...ca,
        '-days',
        String(until),
        '-extfile',
        path('ext'),
        '-out',
        path('pem'),
      )
    } else this.#sign(path, dates)
    return { cert: path('pem'), key: path('key') }
  }

  #dates(from: string, until: string): { from: string; until: string } | null {
    return from.slice(0, 8) === new Date().toISOString().replace(/[-:T]/g, '').slice(0, 8) ? null : { from, until }
  }

  /* Times of one's own choice are a thing of `openssl ca`. */
  #sign(path: (kind: string) => string, { from, until }: { from: string; until: string }): void {
    const folder = this.#folder
    writeFileSync(join(folder, 'index.txt'), '')
    writeFileSync(
      path('cnf'),
      `[ca]\ndefault_ca=d\n[d]\nnew_certs_dir=${folder}\ndatabase=${join(folder, 'index.txt')}\nrand_serial=yes\n` +
        `default_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n`,
    )
    const ca = ['-cert', join(folder, 'ca.pem'), '-keyfile', join(folder, 'ca.key')]
    openssl(
      'ca',
      '-batch',
      '-config',
      path('cnf'),
      ...ca,
      '-startdate',
      from,
      '-enddate',
      until,
      '-extfile',
      path('ext'),
      '-in',
      path('csr'),
      '-out',
      path('pem'),
      '-notext',
    )
  }
}
