/** A time as the browser's date fields have it: where the operator is, to the minute. */
export function localMinute(time: number): string {
  const date = new Date(time)
  return new Date(time - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
