/** Quick replies: kept, found in order, taken from one Switchboard to another. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openEngineOffice, type EngineOffice } from '../../support/engine-office.ts'

let office: EngineOffice
beforeEach(async () => {
  office = await openEngineOffice()
})
afterEach(() => office.close())

const reply = (title: string, folder = '') => ({ title, folder, text: `${title}!`, picture: null })
const titles = async () => (await office.desk.call('quickReplies.list', {})).items.map(({ title }) => title)

it('stand by folder and title, and say when they change', async () => {
  await office.desk.call('quickReplies.save', reply('b', 'Orders'))
  await office.desk.call('quickReplies.save', reply('A', 'orders'))
  const { id } = await office.desk.call('quickReplies.save', reply('z'))
  expect(await titles()).toEqual(['z', 'A', 'b'])
  await office.desk.call('quickReplies.save', { id, ...reply('c', 'Orders') })
  expect(await titles()).toEqual(['A', 'b', 'c'])
  await office.desk.call('quickReplies.remove', { ids: [id] })
  expect(await titles()).toEqual(['A', 'b'])
  const told = office.desk.events.filter(({ event }) => event === 'quickReplies.changed')
  expect(told).toHaveLength(5)
  expect(told.at(-1)?.data).toMatchObject({ items: [{ title: 'A' }, { title: 'b' }] })
})

it('refuse what says nothing, and a picture that is no web link', async () => {
  expect(await office.desk.refusal('quickReplies.save', { ...reply('x'), text: ' ' })).toMatchObject({
    code: 'invalid-input',
    params: { field: 'text' },
  })
  expect(
    await office.desk.refusal('quickReplies.save', { ...reply('x'), picture: 'javascript:alert(1)' }),
  ).toMatchObject({ code: 'invalid-input', params: { field: 'picture' } })
  expect(await office.desk.refusal('quickReplies.save', { id: '99', ...reply('x') })).toMatchObject({
    code: 'not-found',
  })
})

it('come from a file, replacing those of the same folder and title, all or none', async () => {
  await office.desk.call('quickReplies.save', reply('here', 'f'))
  const items = [{ ...reply('here', 'f'), text: 'new words' }, reply('other', 'f')]
  const file = { switchboard: 'quick-replies', version: 1, items } as const
  expect(await office.desk.call('quickReplies.import', file)).toEqual({ added: 1, replaced: 1 })
  expect(await office.desk.call('quickReplies.import', file)).toEqual({ added: 0, replaced: 2 })
  expect((await office.desk.call('quickReplies.list', {})).items).toMatchObject([
    { title: 'here', text: 'new words' },
    { title: 'other' },
  ])
  const many = { ...file, items: Array.from({ length: 1999 }, (_, n) => reply(`n${n}`)) }
  expect(await office.desk.refusal('quickReplies.import', many)).toMatchObject({ code: 'invalid-input' })
  expect(await titles()).toEqual(['here', 'other'])
})
