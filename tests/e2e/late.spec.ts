/** Replies that waited too long: shown before they go, and sent or dropped one by one, by conversation, or all. */
import { expect, test } from '@playwright/test'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { findings } from '../support/accessibility.ts'
import { contactOf, openOffice } from '../support/office.ts'

test('replies that waited for an hour are asked about, and do what was decided', async ({ page }) => {
  const office = await openOffice()
  try {
    await office.openForBusiness({ liveliness: 'off', answers: false })
    const robotName = (await office.api('robots.list', {})).items[0]!.name
    const friends = (await office.api('friends.list', { robotId: (await office.api('robots.list', {})).items[0]!.id }))
      .items
    const one = await contactOf(office, robotName, friends[0]!.name)
    const other = await contactOf(office, robotName, friends[1]!.name)
    const robot = `robots/${one.robotSerialNo}`
    await office.sandbox(robot, { state: 'offline', reason: '', limits: [] })
    const state = async () => (await office.api('robots.list', {})).items.find(({ id }) => id === one.robotId)
    await expect.poll(async () => (await state())?.state).toBe('offline')
    const send = (to: typeof one, content: string) =>
      office.api('messages.send', {
        robotId: to.robotId,
        peer: { kind: 'friend', id: to.userId },
        type: 'text',
        content,
      })
    await send(one, 'The first of an hour ago')
    await send(one, 'The second of an hour ago')
    await send(other, 'To somebody else')
    await expect.poll(async () => (await state())?.held?.reason).toBe('offline')
    // An hour passes.
    const { dataDir } = await office.api('system.info', {})
    const db = new Sqlite(join(dataDir, 'switchboard.db'))
    expect(
      db.prepare('UPDATE operations SET queued_at = queued_at - 3600000 WHERE queued_at IS NOT NULL').run().changes,
    ).toBe(3)
    db.prepare('UPDATE robots SET friend_go_at = 0').run()
    db.close()
    await office.sandbox(robot, { state: 'online', reason: '', limits: [] })

    await page.goto(office.ready.url)
    await expect(page.getByText('3 replies waited longer than 30 minutes and were not sent')).toBeVisible()
    await page.getByRole('link', { name: 'Look at them' }).click()
    const rows = page.getByRole('table', { name: 'Held back' }).getByRole('row')
    await expect(rows).toHaveCount(4)
    expect(await findings(page, 'main')).toEqual([])
    await rows
      .filter({ hasText: 'The first of' })
      .getByRole('button', { name: `Drop the reply to ${one.name}` })
      .click()
    await expect(rows).toHaveCount(3)

    await rows.filter({ hasText: 'The second' }).getByRole('button', { name: one.name, exact: true }).click()
    const message = page.getByRole('article').filter({ hasText: 'The second of an hour ago' })
    await expect(message).toContainText('Waited too long, not sent')
    const strip = page.getByText('1 reply here waited too long and was not sent')
    await expect(strip).toBeVisible()
    await page.getByRole('button', { name: 'Send all' }).click()
    await expect(strip).toBeHidden()
    await expect(message).not.toContainText('Waited too long')
    await expect(page.getByRole('article').filter({ hasText: 'The first of' })).toContainText('Cancelled')

    await page.getByRole('link', { name: 'Look at them' }).click()
    await page.getByRole('button', { name: 'Drop all' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Drop', exact: true }).click()
    await expect(page.getByText('Nothing is held back')).toBeVisible()
    const { items } = await office.api('operations.list', { robotId: one.robotId, kind: 'send' })
    expect(items.map((operation) => operation.state).filter((found) => found === 'cancelled')).toHaveLength(2)
  } finally {
    await office.close()
  }
})
