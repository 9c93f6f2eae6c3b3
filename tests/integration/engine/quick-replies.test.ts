/** Quick replies: kept, found in order, taken from one Switchboard to another. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { until } from '../../support/desk.ts'
import { openEngineOffice, type EngineOffice } from '../../support/engine-office.ts'

let office: EngineOffice
beforeEach(async () => {
  office = await openEngineOffice()
})
afterEach(() => office.close())

const reply = (title: string, folder = '') => ({ title, folder, text: `${title}!`, picture: null })
const titles = async () => (await office.desk.call('quickReplies.list', {})).items.map(({ title }) => title)

/** What the last event says. One event may tell of several changes that came together. */
const told = () =>
  office.desk.events
    .flatMap(({ event, data }) => (event === 'quickReplies.changed' ? [data] : []))
    .at(-1)
    ?.items.map(({ title }) => title)

async function expectOrder(wanted: readonly string[]): Promise<void> {
  expect(await titles()).toEqual(wanted)
  await until(`windows to hear of ${wanted.join(', ')}`, () => told()?.join() === wanted.join())
}

it('stand by folder and title, and say when they change', async () => {
  await office.desk.call('quickReplies.save', reply('b', 'Orders'))
  await office.desk.call('quickReplies.save', reply('A', 'orders'))
  const { id } = await office.desk.call('quickReplies.save', reply('z'))
  await expectOrder(['z', 'A', 'b'])
  await office.desk.call('quickReplies.save', { id, ...reply('c', 'Orders') })
  await expectOrder(['A', 'b', 'c'])
  await office.desk.call('quickReplies.remove', { ids: [id] })
  await expectOrder(['A', 'b'])
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
