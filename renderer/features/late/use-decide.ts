/** Decides about replies that are held back; dropping several asks first. */
import { useMessage } from 'naive-ui'
import { ref } from 'vue'
import type { ContractError } from '#shared/contract/errors.ts'
import type { EntryInput } from '#shared/contract/index.ts'
import { sayError } from '@/app/errors.ts'
import { t } from '@/app/i18n/index.ts'
import { useConfirm } from '@/components/confirm.ts'
import { useLate } from '@/stores/late.ts'

type Which = Omit<EntryInput<'late.settle'>, 'as'>

/** Must be called in a component's setup. */
export function useDecide() {
  const late = useLate()
  const toast = useMessage()
  const confirm = useConfirm()
  const busy = ref(false)

  async function settle(as: 'send' | 'drop', which: Which): Promise<ContractError | null> {
    busy.value = true
    const error = await late.settle({ as, ...which })
    busy.value = false
    return error
  }

  async function decide(as: 'send' | 'drop', which: Which): Promise<void> {
    const error = await settle(as, which)
    if (!error) return
    const { message, hint } = sayError(error)
    toast.error(`${message} ${hint}`)
  }

  /** @param n how many it is about */
  function dropAll(n: number, which: Which): void {
    confirm({
      title: t('late.dropTitle', { n }),
      text: t('late.dropText'),
      action: t('late.drop'),
      act: () => settle('drop', which),
    })
  }

  return { busy, decide, dropAll }
}
