/** Filters of a table that stand in the address, so that a link leads to what was seen, and "back" goes back. */
import { computed, type ComputedRef } from 'vue'
import { useRoute, useRouter } from 'vue-router'

export interface Filters<Name extends string> {
  /** What is chosen, empty where nothing is; what is no choice counts as nothing. */
  readonly values: ComputedRef<Readonly<Record<Name, string>>>
  /** Another text for another filter. */
  readonly key: ComputedRef<string>
  readonly isFiltered: ComputedRef<boolean>
  set(name: Name, value: string): void
  clear(): void
}

/**
 * @param choices what each filter of the address may be; null for any text
 */
export function useFilters<Name extends string>(
  choices: Readonly<Record<Name, (() => readonly string[]) | null>>,
): Filters<Name> {
  const route = useRoute()
  const router = useRouter()
  const names = Object.keys(choices) as Name[]
  const valueOf = (name: Name): string => {
    const given = route.query[name]
    if (typeof given !== 'string') return ''
    const allowed = choices[name]
    return allowed === null || allowed().includes(given) ? given : ''
  }
  const values = computed(
    () => Object.fromEntries(names.map((name) => [name, valueOf(name)])) as Readonly<Record<Name, string>>,
  )
  return {
    values,
    key: computed(() => JSON.stringify(values.value)),
    isFiltered: computed(() => names.some((name) => values.value[name] !== '')),
    set: (name, value) => void router.replace({ query: { ...route.query, [name]: value || undefined } }),
    clear: () => void router.replace({ query: {} }),
  }
}
