/** What floats over the screen now: Escape is its own before it is that of what lies beneath. */
import { ref } from 'vue'

/** How many panes are open. */
export const floating = ref(0)
