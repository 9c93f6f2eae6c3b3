/** Asks before something is taken away, says what, and stays open with the reason when it could not be done. */
import { useDialog } from 'naive-ui'
import { h, ref } from 'vue'
import type { ContractError } from '#shared/contract/errors.ts'
import { sayError } from '@/app/errors.ts'
import { t } from '@/app/i18n/index.ts'

export interface Question {
  title: string
  /** What is taken away, by name and number. */
  text: string
  /** The verb on the button. */
  action: string
  act: () => Promise<ContractError | null>
}

/** Must be called in a component's setup. */
export function useConfirm(): (question: Question) => void {
  const dialog = useDialog()
  return ({ title, text, action, act }) => {
    const failure = ref('')
    // Attributes of the dialog's element, which has no name of its own; the options' type knows none.
    const named: object = { 'aria-label': title, 'aria-modal': 'true' }
    const opened = dialog.create({
      ...named,
      type: 'error',
      showIcon: false,
      title,
      content: () => [
        h('p', { dir: 'auto' }, text),
        failure.value ? h('p', { role: 'alert', style: { marginTop: '8px', color: 'var(--bad)' } }, failure.value) : '',
      ],
      // As large as in every other dialog.
      positiveButtonProps: { size: 'medium' },
      negativeButtonProps: { size: 'medium' },
      positiveText: action,
      negativeText: t('common.cancel'),
      autoFocus: false,
      onPositiveClick: async () => {
        failure.value = ''
        opened.loading = true
        const error = await act()
        opened.loading = false
        if (error === null) return true
        const { message, hint } = sayError(error)
        failure.value = `${message} ${hint}`
        return false
      },
    })
  }
}
