import { describe, expect, test } from 'vitest'
import type { Page } from '#shared/contract/common.ts'
import type { Answer } from '#shared/contract/index.ts'
import { prettyBody } from '@/components/pretty-body.ts'
import { compareIds } from '@/stores/keys.ts'
import { createPaged } from '@/stores/paged.ts'

describe('bodies of the record', () => {
  test('JSON is indented without touching a digit or a blank inside texts', () => {
    const body = '{"id":9007199254740993001,"n":1.0e5,"t":"a, b: {\\"c\\"}","list":[1,{}],"none":[],"in":{"x":null}}'
    const shown = prettyBody(body)
    expect(shown).toContain('"id": 9007199254740993001')
    expect(shown).toContain('"n": 1.0e5')
    expect(shown).toContain('"t": "a, b: {\\"c\\"}"')
    expect(shown).toContain('"none": []')
    expect(JSON.parse(shown)).toEqual(JSON.parse(body))
    expect(prettyBody(shown)).toBe(shown)
  })

  test('empty objects and lists stay on one line, whatever stands inside', () => {
    expect(prettyBody('[ { } , [ ] ]')).toBe('[\n  {},\n  []\n]')
  })

  test('a form is shown field by field, its JSON indented', () => {
    expect(prettyBody('strContext=%7B%22a%22%3A1%7D&b=x+y')).toBe('strContext = {\n  "a": 1\n}\nb = x y')
  })

  test('what is neither stays as it came', () => {
    for (const body of ['', 'success', '{"a":', '<html>\n</html>', '&quot;a=b']) expect(prettyBody(body)).toBe(body)
  })
})

interface Row {
  id: string
  name: string
}

/** A list of so many rows, newest first, that answers pages as the engine does. */
function pagedOver(count: number) {
  const rows: Row[] = Array.from({ length: count }, (_, index) => ({ id: String(count - index), name: '' }))
  const asked: { limit: number; cursor?: string }[] = []
  const control = { fails: false, hold: null as Promise<void> | null }
  const list = createPaged<Row>({
    keyOf: (row) => row.id,
    compare: (one, other) => compareIds(other.id, one.id),
    fits: (row) => row.name !== 'other',
    fetch: async ({ limit, cursor }): Promise<Answer<Page<Row>>> => {
      asked.push({ limit, ...(cursor ? { cursor } : {}) })
      await control.hold
      if (control.fails) return { ok: false, error: { code: 'internal', message: '', hint: '' } }
      const from = Number(cursor ?? 0)
      const to = Math.min(rows.length, from + limit)
      return { ok: true, result: { items: rows.slice(from, to), nextCursor: to < rows.length ? String(to) : null } }
    },
  })
  return { list, rows, asked, control }
}
const ids = (list: { items: { value: readonly Row[] } }): string[] => list.items.value.map((row) => row.id)

describe('a list in pages', () => {
  test('every row is reached, once each', async () => {
    const { list, rows } = pagedOver(173)
    await list.load()
    while (list.hasMore.value) await list.loadMore()
    expect(ids(list)).toEqual(rows.map((row) => row.id))
  })

  test('loading anew keeps as much as was there', async () => {
    const { list } = pagedOver(1300)
    await list.load()
    while (list.items.value.length < 1100) await list.loadMore()
    await list.load()
    expect(list.items.value).toHaveLength(1100)
  })

  test('a failure keeps what is shown, and the next try goes on', async () => {
    const { list, control } = pagedOver(120)
    await list.load()
    control.fails = true
    await list.loadMore()
    expect(list.more.value.error?.code).toBe('internal')
    await list.load()
    expect(list.loading.value.error?.code).toBe('internal')
    expect(list.items.value).toHaveLength(50)
    control.fails = false
    await list.load()
    await list.loadMore()
    expect(list.items.value).toHaveLength(100)
  })

  test('a new row comes on top, at once or when the pointer has left', async () => {
    const { list } = pagedOver(3)
    await list.load()
    list.take({ id: '4', name: '' })
    expect(ids(list)).toEqual(['4', '3', '2', '1'])
    list.hold(true)
    list.take({ id: '10', name: '' })
    list.take({ id: '10', name: 'newer' })
    expect(list.waiting.value).toBe(1)
    expect(ids(list)).toEqual(['4', '3', '2', '1'])
    list.hold(false)
    expect(list.items.value[0]).toEqual({ id: '10', name: 'newer' })
  })

  test('a known row changes in its place; what does not fit or lies below stays out', async () => {
    const { list } = pagedOver(200)
    await list.load()
    list.take({ id: '199', name: 'other' })
    expect(list.items.value[1]).toEqual({ id: '199', name: 'other' })
    list.take({ id: '300', name: 'other' })
    list.take({ id: '20', name: '' })
    expect(list.items.value).toHaveLength(50)
  })

  test('an answer that comes after another question is not taken', async () => {
    const { list, control } = pagedOver(60)
    let release = (): void => {}
    control.hold = new Promise((resolve) => (release = resolve))
    const late = list.load()
    control.hold = null
    list.restart()
    await new Promise((resolve) => setTimeout(resolve))
    list.take({ id: '61', name: 'new' })
    release()
    await late
    expect(list.items.value[0]).toEqual({ id: '61', name: 'new' })
  })
})
