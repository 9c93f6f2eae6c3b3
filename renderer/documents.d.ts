/** A document of docs/ as a page of the help; `scripts/lib/documents.ts` makes it. */
declare module '*.md' {
  import type { Component } from 'vue'
  const page: Component
  export default page
}
