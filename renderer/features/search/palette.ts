/** Whether the search over everything is open, and with what. */
import { ref } from 'vue'

export const paletteOpen = ref(false)
export const paletteQuery = ref('')

/** @param query what is searched for at once; without it, what was typed last is there, selected */
export function openPalette(query?: string): void {
  if (query !== undefined) paletteQuery.value = query
  paletteOpen.value = true
}
