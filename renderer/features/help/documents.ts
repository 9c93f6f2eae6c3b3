/** The documents that the help shows. Each is a chunk of its own that is loaded when it is opened. */
import type { Component } from 'vue'
import type { Locale } from '#shared/contract/errors.ts'
import type { TextKey } from '@/app/i18n/index.ts'

type Load = () => Promise<{ default: Component }>

export interface HelpDocument {
  /** In the address: `/help/<id>`. */
  readonly id: string
  readonly title: TextKey
  /** Which languages there are. */
  readonly load: Readonly<Partial<Record<Locale, Load>>> & { readonly en: Load }
}

/** The first is shown where none is asked for. */
export const helpDocuments: readonly [HelpDocument, ...HelpDocument[]] = [
  {
    id: 'guide',
    title: 'help.guide',
    load: { en: () => import('../../../docs/guide/en.md'), 'zh-CN': () => import('../../../docs/guide/zh-CN.md') },
  },
  { id: 'administrator', title: 'help.administrator', load: { en: () => import('../../../docs/administrator.md') } },
  { id: 'deploy', title: 'help.deploy', load: { en: () => import('../../../docs/deploy.md') } },
  { id: 'watch', title: 'help.watch', load: { en: () => import('../../../docs/watch.md') } },
  { id: 'security', title: 'help.security', load: { en: () => import('../../../docs/security.md') } },
  { id: 'reliability', title: 'help.reliability', load: { en: () => import('../../../docs/reliability.md') } },
  { id: 'changelog', title: 'help.changelog', load: { en: () => import('../../../CHANGELOG.md') } },
]

/** The language in which a document is shown to somebody who reads another one where possible. */
export const languageOf = (document: HelpDocument, wanted: Locale): Locale => (document.load[wanted] ? wanted : 'en')
