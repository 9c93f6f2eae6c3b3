import { afterEach, expect, it, vi } from 'vitest'
import { Database, steady } from '#engine/store/database.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

it('marks parameters, and nothing that only looks like one', () => {
  expect(steady('SELECT * FROM a WHERE b = ? AND (c, d) < (?, @top) LIMIT @limit')).toBe(
    'SELECT * FROM a WHERE b = +? AND (c, d) < (+?, +@top) LIMIT +@limit',
  )
  const literals = `SELECT 'a?', 'it''s @home', "odd?" FROM b -- who? @me\nWHERE c = `
  expect(steady(`${literals}?`)).toBe(`${literals}+?`)
})

it('compiles a query once, whatever is bound, where a partial index might be asked about it', () => {
  const db = new Database(':memory:', 'write')
  db.script(`CREATE TABLE parts (id INTEGER PRIMARY KEY, message INTEGER, status TEXT, UNIQUE (message, id));
    CREATE INDEX under_way ON parts (id) WHERE status = 'sending';
    INSERT INTO parts (message, status) VALUES (1, 'a'), (2, 'b'), (3, 'c'), ('4', 'd');`)
  const query = 'SELECT status FROM parts WHERE message = ? ORDER BY id'
  db.all(query, 1)
  // The library makes a function for the rows of a statement each time that it was compiled.
  const made = vi.spyOn(globalThis, 'Function')
  expect([2, 3, 4].map((message) => db.all(query, message))).toEqual([
    [{ status: 'b' }],
    [{ status: 'c' }],
    [{ status: 'd' }],
  ])
  expect(made).not.toHaveBeenCalled()
  db.close()
})
