/** Gives the operator a file: a download in the browser, a question where to in the desktop application. */
export function saveFile(name: string, type: string, content: BlobPart): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([content], { type }))
  link.download = name
  link.click()
  // The download has begun, but has not yet read all of it.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
