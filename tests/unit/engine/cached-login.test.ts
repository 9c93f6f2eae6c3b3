import { expect, it } from 'vitest'
import { withoutCachedLogin } from '#engine/store/cached-login.ts'

const values = { text: 'CANARY', json: '{"t":"CANARY \\\\ "}', object: { t: '} CANARY' }, list: ['CANARY', 'CANARY"'] }
const forms: Record<string, (body: { data: object }) => string> = {
  'as JSON': (body) => JSON.stringify(body),
  'with data as text': ({ data }) => JSON.stringify({ data: JSON.stringify(data) }),
  'escaped as HTML': (body) => JSON.stringify(body).replaceAll('"', '&quot;'),
  'under a name in capitals with blanks': (body) => JSON.stringify(body).replace('cache_info', ' CACHE_INFO\t '),
  'in a form': (body) => `strContext=${encodeURIComponent(JSON.stringify(body))}`,
  'in a form, escaped': (body) => `strContext=${encodeURIComponent(JSON.stringify(body).replaceAll('"', '&quot;'))}`,
}

for (const [form, write] of Object.entries(forms)) {
  it.each(Object.entries(values))(`takes a cached log-in out of a body ${form}: %s`, (_name, cache_info) => {
    const body = (value: unknown) => write({ data: { userId: 'me', cache_info: value, phone: '1' } })
    expect(withoutCachedLogin(body(cache_info))).toBe(body('***'))
  })
}

it('goes no further than the text in which a person wrote these words', () => {
  const body = JSON.stringify({ data: { Content: '"cache_info":{ "a', ToUserId: 'b' } })
  expect(JSON.parse(withoutCachedLogin(body))).toMatchObject({ data: { ToUserId: 'b' } })
})

it('takes time in proportion to the body', () => {
  const begun = performance.now()
  withoutCachedLogin(`{"cache_info":"${'\\'.repeat(4_000_000)}x`)
  expect(performance.now() - begun).toBeLessThan(2000)
})
