/** Passphrases as they are typed in a dialog: the present one, a new one, and the new one once more. */
export interface PassphraseDraft {
  current: string
  next: string
  again: string
}

export const emptyPassphrases = (): PassphraseDraft => ({ current: '', next: '', again: '' })

/** What is wrong with a new passphrase. @param least how long it must be */
export const faultsOf = ({ next, again }: PassphraseDraft, least: number): { short: boolean; differs: boolean } => ({
  short: next.length < least,
  differs: next !== again,
})
