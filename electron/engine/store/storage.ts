/** What the database holds, and what of it is free. */
import type { Reading } from './database.ts'

export interface StorageSizes {
  messages: number
  callbacks: number
  calls: number
  /** Bytes of pages that nothing stands on; they are used again. */
  unusedBytes: number
}

export function storageSizes(db: Reading): StorageSizes {
  const count = (table: string): number => db.get<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)?.n ?? 0
  const { free, size } = db.get<{ free: number; size: number }>(
    'SELECT freelist_count AS free, page_size AS size FROM pragma_freelist_count, pragma_page_size',
  ) ?? { free: 0, size: 0 }
  return {
    messages: count('messages'),
    callbacks: count('callbacks'),
    calls: count('calls'),
    unusedBytes: free * size,
  }
}
