/** Connections over the real host: the form, its faults, what the platform is told, and removal. */
import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { expect, test, type BrowserContext, type Page } from '@playwright/test'
import { findings } from '../support/accessibility.ts'
import { accepted, merchantKeys, refused, startPlatform, type FakePlatform } from '../support/fake-platform.ts'
import { openOffice, type Office } from '../support/office.ts'

test.describe.configure({ mode: 'serial' })

let office: Office
let platform: FakePlatform
let context: BrowserContext
let page: Page
const complaints: string[] = []

test.beforeAll(async ({ browser }) => {
  office = await openOffice()
  platform = await startPlatform()
  context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1440, height: 900 } })
  page = await context.newPage()
  page.on('console', (line) => {
    if (line.type() === 'error' || line.type() === 'warning') complaints.push(line.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
})
test.afterAll(async () => {
  await context.close()
  await office.close()
  await platform.close()
})

const field = (name: string | RegExp) => page.getByRole('textbox', { name })
const save = () => page.getByRole('button', { name: 'Save' })

test('the welcome leads to the form', async () => {
  await page.goto(office.ready.url)
  await page.getByRole('button', { name: 'Enter a connection' }).click()
  await expect(page).toHaveURL(/\/connections\?add/)
  await expect(page.getByRole('heading', { level: 2, name: 'New connection' })).toBeVisible()
})

test('what is missing is said at its field, and goes once it is mended', async () => {
  await save().click()
  await expect(field('Name')).toHaveAttribute('aria-invalid', 'true')
  await expect(field('Name')).toBeFocused()
  await expect(field('Name')).toHaveAccessibleDescription('Needed')
  await expect(field('Gateway URL')).toHaveAccessibleDescription(/begins with http/)
  await field('Name').fill('Merchant <b>one</b>')
  await expect(field('Name')).not.toHaveAttribute('aria-invalid', 'true')
  await field('Gateway URL').fill('ftp://platform.example')
  await expect(field('Gateway URL')).toHaveAttribute('aria-invalid', 'true')
  await field('Gateway URL').fill(platform.url)
  await field(/App id/).fill('2026110100093')
  await field(/Merchant number/).fill('M20260018')
  await field('Method prefix').fill('xx.xx.')
  expect((await office.api('connections.list', {})).items).toEqual([])
})

test('a key that cannot be used is refused at its field, and everything typed stays', async () => {
  await page.getByText('Paste one').click()
  await field(/Private key \(PEM/).fill('not a key')
  await save().click()
  await expect(field(/Private key \(PEM/)).toHaveAccessibleDescription(/This key cannot be used/)
  await expect(field(/Private key \(PEM/)).toHaveValue('not a key')
  await expect(field('Name')).toHaveValue('Merchant <b>one</b>')
})

test('a form that was left comes back as it was, but without the key', async () => {
  const rail = page.getByRole('navigation', { name: 'Sections' })
  await rail.getByRole('link', { name: 'Settings' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible()
  await page.goBack()
  await expect(field('Gateway URL')).toHaveValue(platform.url)
  await expect(field(/Private key \(PEM/)).toHaveValue('')
})

test('once saved it shows what the platform must be told', async () => {
  await page.getByText('Make a new one on this machine').click()
  await save().click()
  await expect(page).toHaveURL(/\/connections\/\d+$/)
  const [connection] = (await office.api('connections.list', {})).items
  expect(connection).toMatchObject({ name: 'Merchant <b>one</b>', methodPrefix: 'xx.xx', timeZone: 'Asia/Shanghai' })
  await expect(page.getByRole('textbox', { name: 'Public key', exact: true })).toContainText('BEGIN PUBLIC KEY')
  await expect(page.getByRole('textbox', { name: 'Callback URL' })).toHaveText(connection!.callbackUrl)
  await expect(page.getByText(connection!.publicKeyFingerprint)).toBeVisible()
})

test('advanced settings are kept, and their faults open them', async () => {
  await page.getByText('Advanced settings').click()
  await page.getByText('Enable the withdrawn methods').click()
  await field('Result codes that mean success').fill('0, success, 200')
  await field('Wait for an answer').fill('0.1')
  await page.getByText('Advanced settings').click()
  await save().click()
  await expect(field('Wait for an answer')).toHaveAccessibleDescription('0.5 s at least')
  await field('Wait for an answer').fill('20')
  await save().click()
  await expect(page.getByText('Saved', { exact: true })).toBeVisible()
  const [connection] = (await office.api('connections.list', {})).items
  expect(connection!.advanced).toMatchObject({
    withdrawnMethods: true,
    successCodes: ['0', 'success', '200'],
    callTimeoutMs: 20_000,
  })
})

test('what another window saves is shown, unless something is being typed', async () => {
  const [connection] = (await office.api('connections.list', {})).items
  const { id, gatewayUrl, appId, merchantNo, methodPrefix } = connection!
  await office.api('connections.save', { id, name: 'Elsewhere', gatewayUrl, appId, merchantNo, methodPrefix })
  await expect(field('Name')).toHaveValue('Elsewhere')
  await field('Name').fill('Being typed')
  await office.api('connections.save', { id, name: 'Elsewhere again', gatewayUrl, appId, merchantNo, methodPrefix })
  await expect(page.getByRole('heading', { level: 2, name: 'Elsewhere again' })).toBeVisible()
  await expect(field('Name')).toHaveValue('Being typed')
  await page.getByRole('button', { name: 'Discard changes' }).click()
  await expect(field('Name')).toHaveValue('Elsewhere again')
})

test('the test explains step by step what the platform answers', async () => {
  platform.script = refused('40002', '验签失败')
  await page.getByRole('button', { name: 'Test connection' }).click()
  const result = page.getByRole('region', { name: 'Result of the test' })
  await expect(result).toContainText('The connection does not work yet')
  const steps = result.getByRole('listitem')
  await expect(steps).toHaveCount(7)
  const [connection] = (await office.api('connections.list', {})).items
  await expect(steps.filter({ hasText: 'Signature' })).toContainText('Failed:')
  await expect(steps.filter({ hasText: 'Signature' })).toContainText(connection!.publicKeyFingerprint)
  await expect(steps.filter({ hasText: 'Reachable' })).toContainText('Passed:')
  platform.script = accepted
  await page.getByRole('button', { name: 'Test connection' }).click()
  await expect(result).toContainText('The connection works')
  // What is typed is tried before it is saved.
  await field('Gateway URL').fill('http://127.0.0.1:1/')
  await page.getByRole('button', { name: 'Test connection' }).click()
  await expect(result).toContainText('refuses connections')
  await page.getByRole('button', { name: 'Discard changes' }).click()
  // It was the answer to what stood there before.
  await expect(result).toHaveCount(0)
})

test('a callback URL is changed with a time of grace that can be ended', async () => {
  const url = page.getByRole('textbox', { name: 'Callback URL' })
  const before = await url.textContent()
  await page.getByRole('button', { name: 'Change the callback URL…' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Change', exact: true }).click()
  await expect(page.getByText(/still taken until/)).toContainText('No callback has used it')
  await expect(url).not.toHaveText(before!)
  expect((await fetch(before!, { method: 'POST', body: '{}' })).status).toBe(200)
  await expect(page.getByText(/still taken until/)).toContainText('Used 1 time')
  await page.getByRole('button', { name: 'End the old URL now' }).click()
  await expect(page.getByText(/still taken until/)).toHaveCount(0)
  expect((await fetch(before!, { method: 'POST', body: '{}' })).status).toBe(404)
})

test('a key is changed only once the new one has worked', async () => {
  const key = page.getByRole('textbox', { name: 'Public key', exact: true })
  const before = await key.textContent()
  await page.getByRole('button', { name: 'Change the key…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('Paste one').click()
  await dialog.getByRole('textbox', { name: /Private key \(PEM/ }).fill('nonsense!')
  await dialog.getByRole('button', { name: 'Prepare the new key' }).click()
  await expect(dialog.getByRole('alert')).toContainText('neither PEM nor base64')
  await dialog.getByText('Make a new one').click()
  await dialog.getByRole('button', { name: 'Prepare the new key' }).click()
  const next = page.getByRole('textbox', { name: 'New public key', exact: true })
  await expect(next).toContainText('BEGIN PUBLIC KEY')
  const pem = await next.textContent()
  platform.script = refused('40002', 'sign error')
  await page.getByRole('button', { name: 'Try the new key' }).click()
  await expect(page.getByText('The connection does not work yet')).toBeVisible()
  await expect(key).toHaveText(before!)
  platform.script = accepted
  await page.getByRole('button', { name: 'Try the new key' }).click()
  await expect(page.getByText('The platform takes the new key')).toBeVisible()
  await expect(key).toHaveText(pem!)
  await page.getByLabel('How the public key is written').selectOption('bare')
  await expect(key).toHaveText(pem!.replace(/-----[^-]+-----/g, '').replace(/\s/g, ''))
  await page.getByLabel('How the public key is written').selectOption('pem')
})

test('checks of callbacks are kept, their faults said, and who was turned away is counted', async () => {
  await field('Allowed source addresses').fill('example.com')
  await save().click()
  await expect(field('Allowed source addresses')).toHaveAccessibleDescription(/One address or network a line/)
  await field('Allowed source addresses').fill('203.0.113.0/24\n2001:db8::1')
  await page.getByText('Require the platform’s signature').click()
  await expect(page.getByText('every callback would be quarantined')).toBeVisible()
  await page.getByText('Require the platform’s signature').click()
  await save().click()
  await expect(page.getByText('Saved', { exact: true })).toBeVisible()
  const [connection] = (await office.api('connections.list', {})).items
  expect(connection!.advanced.callbackSources).toEqual(['203.0.113.0/24', '2001:db8::1'])
  expect((await fetch(connection!.callbackUrl, { method: 'POST', body: '{}' })).status).toBe(404)
  await expect(page.getByText('1 callback from another address was refused')).toBeVisible()
  await field('Allowed source addresses').fill('')
  await save().click()
  await expect(page.getByText('Saved', { exact: true })).toBeVisible()
})

test('a second connection takes its key from a file, if it is whole, RSA, and fits the public key', async () => {
  test.slow()
  const rail = page.getByRole('navigation', { name: 'Connections' })
  await page.getByRole('button', { name: 'Add a connection' }).first().click()
  await field('Name').fill('Second')
  await field('Gateway URL').fill(platform.url)
  await field(/App id/).fill('1')
  await field(/Merchant number/).fill('M2')
  await field('Method prefix').fill('xx.xx')
  await page.getByText('Paste one, or read it from a file').click()
  const key = createPrivateKey(merchantKeys.privateKey)
  const encrypted = key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'geheim' }).toString()
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' })
  const choose = async (name: string, buffer: Buffer): Promise<void> => {
    const chooser = page.waitForEvent('filechooser')
    await page.getByRole('button', { name: 'From a file…' }).click()
    await (await chooser).setFiles({ name, mimeType: 'application/octet-stream', buffer })
  }
  const refusal = async (words: RegExp): Promise<void> => {
    await save().click()
    await expect(field(/^Private key \(PEM/)).toHaveAccessibleDescription(words)
  }
  await choose('large.bin', Buffer.alloc(30_000))
  await expect(field(/^Private key \(PEM/)).toHaveAccessibleDescription(/too large to be a key/)
  await choose('ec.pem', Buffer.from(ec))
  await refusal(/type EC, not RSA/)
  await choose('cut.pem', Buffer.from(merchantKeys.privateKey.slice(0, 400)))
  await refusal(/incomplete or damaged/)
  // As an editor leaves it that marks the byte order.
  await choose('key.pem', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(encrypted)]))
  await refusal(/encrypted; give its password/)
  await field(/Password of the private key/).fill('falsch')
  await refusal(/password is wrong/)
  await choose('key.der', key.export({ type: 'pkcs1', format: 'der' }))
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' })
  await field(/public key it must belong to/).fill(stranger.toString())
  await refusal(/does not belong to the given public key/)
  await field(/public key it must belong to/).fill('nonsense!')
  await save().click()
  await expect(field(/public key it must belong to/)).toHaveAccessibleDescription(/neither PEM nor base64/)
  await field(/public key it must belong to/).fill(merchantKeys.publicKey)
  await save().click()
  await expect(page.getByRole('heading', { level: 2, name: 'Second' })).toBeVisible()
  await expect(page.getByRole('textbox', { name: 'Public key', exact: true })).toHaveText(merchantKeys.publicKey.trim())
  // Nothing of it is anywhere on the page, nor given by the contract.
  expect(await page.content()).not.toContain('PRIVATE KEY')
  expect(JSON.stringify(await office.api('connections.list', {}))).not.toContain('PRIVATE KEY')
  // Both stand side by side, and the key of one that exists is changed by rotation only.
  await expect(page.getByText('Paste one, or read it from a file')).toHaveCount(0)
  expect((await office.api('connections.list', {})).items).toHaveLength(2)
  await expect(rail).toContainText('Elsewhere again')
  await expect(rail).toContainText('Second')
})

test('a new key can be used untried, once it was said what is lost by it', async () => {
  const key = page.getByRole('textbox', { name: 'Public key', exact: true })
  await page.getByRole('button', { name: 'Change the key…' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Prepare the new key' }).click()
  const next = await page.getByRole('textbox', { name: 'New public key', exact: true }).textContent()
  await page.getByRole('button', { name: 'Use it without trying…' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText('deleted for good')
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await expect(key).not.toHaveText(next!)
  await page.getByRole('button', { name: 'Use it without trying…' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete the old key' }).click()
  await expect(key).toHaveText(next!)
  const second = (await office.api('connections.list', {})).items.find(({ name }) => name === 'Second')
  await office.api('connections.remove', { id: second!.id })
  await page.getByRole('navigation', { name: 'Connections' }).getByText('Elsewhere again').click()
  await expect(page.getByRole('heading', { level: 2, name: 'Elsewhere again' })).toBeVisible()
})

test('is accessible in both themes', async () => {
  for (const theme of ['light', 'dark'] as const) {
    await office.api('settings.set', { theme })
    await expect(page.locator('html')).toHaveAttribute('data-theme', theme)
    expect(await findings(page)).toEqual([])
  }
})

test('removing asks first, names what goes, and leads to an empty screen with one action', async () => {
  const [connection] = (await office.api('connections.list', {})).items
  await office.api('robots.add', { connectionId: connection!.id, serialNo: '1048576002339771904', name: 'Night shift' })
  await page.getByRole('button', { name: 'Remove' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText('Elsewhere again')
  await expect(dialog).toContainText('robots: 1, conversations: 0')
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await expect(dialog).toHaveCount(0)
  expect((await office.api('connections.list', {})).items).toHaveLength(1)
  await page.getByRole('button', { name: 'Remove' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await expect(page.getByText('No connections yet')).toBeVisible()
  expect((await office.api('connections.list', {})).items).toEqual([])
  await page.getByRole('main').getByRole('button', { name: 'Add a connection' }).click()
  await expect(field('Name')).toBeVisible()
  expect(complaints).toEqual([])
})
