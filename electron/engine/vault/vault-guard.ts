/** What protects the vault, and the change of it. Of the secrets nothing is touched: their key is wrapped anew. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '#shared/contract/errors.ts'
import type { EntryParsed, EntryResult } from '#shared/contract/index.ts'
import { pauseAfter } from '../lock/lock.ts'
import type { EngineOptions } from '../types.ts'
import { keyFileProtector } from './key-file.ts'
import { passphraseProtector } from './passphrase.ts'
import type { KeyProtector } from './protector.ts'
import { readVaultFile, vaultPath } from './vault-file.ts'
import type { Vault } from './vault.ts'

type Change = EntryParsed<'vault.change'>

/** Where the key file of a data folder lies. */
export const keyFilePath = (dataDir: string): string => join(dataDir, 'vault.key')

export class VaultGuard {
  readonly #options: Pick<EngineOptions, 'host' | 'dataDir' | 'systemStore' | 'log'>
  readonly #vault: Vault
  #turn: Promise<unknown> = Promise.resolve()
  /** Wrong passphrases since the last right one, and until when none is looked at, by the steady clock. */
  #failures = 0
  #pauseUntil = 0

  constructor(options: Pick<EngineOptions, 'host' | 'dataDir' | 'systemStore' | 'log'>, vault: Vault) {
    this.#options = options
    this.#vault = vault
  }

  state(): EntryResult<'vault.get'> {
    const { host, dataDir, systemStore } = this.#options
    // The desktop cannot ask for a passphrase before there is a window; the headless host has no key store.
    const possible: KeyProtector['kind'][] = host === 'desktop' ? ['key-file'] : ['passphrase', 'key-file']
    if (systemStore?.state === 'usable') possible.unshift('os')
    return {
      kind: this.#vault.kind,
      // A passphrase can follow a passphrase; of the others there is one.
      offers: possible.filter((kind) => kind === 'passphrase' || kind !== this.#vault.kind),
      systemStore: systemStore?.state ?? null,
      keyFile: this.#vault.kind === 'key-file' ? keyFilePath(dataDir) : null,
    }
  }

  /** One change after the other. @throws AppError not-available, wrong-passphrase, lock-wait, vault-locked */
  change(change: Change): Promise<void> {
    const turn = this.#turn.then(() => this.#change(change))
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  async #change(change: Change): Promise<void> {
    const before = this.#vault.kind
    if (!this.state().offers.includes(change.to)) throw new AppError('not-available', { what: change.to })
    if (before === 'passphrase') await this.#check(change.current ?? '')
    await this.#vault.protect(this.#protectorFor(change))
    this.#options.log.info({ from: before, to: change.to }, 'the vault is protected anew')
    if (before !== 'key-file') return
    // It opens nothing any more but old copies of the vault, and those it should not.
    await rm(keyFilePath(this.#options.dataDir), { force: true }).catch((error: unknown) => {
      this.#options.log.warn({ err: error }, 'the key file could not be removed')
    })
  }

  #protectorFor(change: Change): KeyProtector {
    const { dataDir, systemStore, log } = this.#options
    if (change.to === 'passphrase') return passphraseProtector(change.passphrase)
    if (change.to === 'key-file') return keyFileProtector(keyFilePath(dataDir), (text) => log.warn({}, text))
    if (!systemStore) throw new AppError('not-available', { what: change.to })
    return systemStore.protector
  }

  /** Whoever changes it knows the present passphrase. */
  async #check(passphrase: string): Promise<void> {
    const waitMs = this.#pauseUntil - performance.now()
    if (waitMs > 0) throw new AppError('lock-wait', { seconds: Math.ceil(waitMs / 1000) })
    const file = await readVaultFile(vaultPath(this.#options.dataDir))
    if (!file) throw new AppError('vault-locked', { problem: 'vault.json is missing' })
    try {
      await passphraseProtector(passphrase).unwrap(file.wrappedKey)
      this.#failures = 0
    } catch (error) {
      this.#failures += 1
      this.#pauseUntil = performance.now() + pauseAfter(this.#failures)
      throw new AppError('wrong-passphrase', undefined, { cause: error })
    }
  }
}
