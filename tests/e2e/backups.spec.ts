/** Backups as an operator has them: made by hand, restored with what will be lost said first; and the way back from damage. */
import { expect, test } from '@playwright/test'
import { closeSync, openSync, writeSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findings } from '../support/accessibility.ts'
import { startHost } from '../support/headless-host.ts'
import { openOffice } from '../support/office.ts'

test('a backup is made and restored, and the interface opens again on it', async ({ page }) => {
  const office = await openOffice()
  try {
    await office.api('quickReplies.save', { folder: '', title: 'Before', text: 'x', picture: null })
    await page.goto(office.ready.url)
    await page.goto(`${new URL(office.ready.url).origin}/settings`)
    const backups = page.getByRole('region', { name: 'Backups' })
    await expect(backups.getByText('No backup yet')).toBeVisible()
    await backups.getByRole('button', { name: 'Back up now' }).click()
    await expect(backups.getByText('The backup is made and was found whole')).toBeVisible({ timeout: 30_000 })
    await expect(backups.getByRole('listitem')).toHaveCount(1)
    await expect(backups.getByRole('listitem')).toContainText(/By hand .* Whole/)

    await office.api('quickReplies.save', { folder: '', title: 'After', text: 'x', picture: null })
    await backups.getByRole('button', { name: 'Restore…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Restore a backup' })
    await expect(dialog).toContainText('Nothing came after it')
    expect(await findings(page, '[role=dialog]')).toEqual([])
    const reloaded = page.waitForEvent('load')
    await dialog.getByRole('button', { name: 'Restore this backup' }).click()
    await reloaded
    await expect(page.getByRole('region', { name: 'Backups' }).getByText('Data before a restore')).toBeVisible()
    const { items } = await office.api('quickReplies.list', {})
    expect(items.map(({ title }) => title)).toEqual(['Before'])
  } finally {
    await office.close()
  }
})

test('a damaged database is told, and a backup brings the screens back', async ({ page }) => {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-e2e-'))
  const args = ['--data', folder, '--port', '0', '--callback-port', '0']
  const api = async (ready: { url: string; token: string }, entry: string): Promise<void> => {
    const answer = await fetch(`${new URL(ready.url).origin}/api/${entry}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${ready.token}` },
      body: '{}',
    })
    expect(answer.status).toBe(200)
  }
  const first = startHost(args)
  await api(await first.ready, 'system.backup')
  first.child.kill('SIGTERM')
  await first.ended
  const file = openSync(join(folder, 'switchboard.db'), 'r+')
  writeSync(file, 'no database any more')
  closeSync(file)

  const second = startHost(args)
  try {
    const { url } = await second.ready
    await page.goto(url)
    await expect(page.getByRole('heading', { level: 1, name: 'The database cannot be used' })).toBeVisible()
    await expect(page.getByRole('alert')).toContainText('The database is damaged: the file is no SQLite database')
    await expect(page.getByRole('button', { name: 'Salvage' })).toBeVisible()
    expect(await findings(page)).toEqual([])
    await page.getByRole('button', { name: 'Restore…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Restore a backup' })
    await expect(dialog).toContainText('it cannot be counted')
    await dialog.getByRole('button', { name: 'Restore this backup' }).click()
    await expect(page.getByRole('button', { name: /sandbox/i })).toBeVisible({ timeout: 20_000 })
  } finally {
    second.child.kill('SIGTERM')
    await second.ended
    await rm(folder, { recursive: true, force: true })
  }
})
