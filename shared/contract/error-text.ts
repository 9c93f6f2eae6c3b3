/** How the words of an error are written down. */

interface Sentence {
  /** What happened, and what it means. */
  readonly message: string
  /** What to do next. */
  readonly hint: string
}
export interface ErrorText {
  readonly status: number
  readonly 'zh-CN': Sentence
  readonly en: Sentence
}

/** An error: HTTP status, then message and hint in Chinese, then in English. */
export const define = (status: number, zh: [string, string], en: [string, string]): ErrorText => ({
  status,
  'zh-CN': { message: zh[0], hint: zh[1] },
  en: { message: en[0], hint: en[1] },
})
