import { test } from '@playwright/test'
import { findElectron } from '../../scripts/lib/electron.mjs'
import { startOnElectron } from '../support/desktop-driver.ts'
import { describeDesktop } from './spec.ts'

test.describe('desktop, on Electron itself', () => {
  test.skip(findElectron() === undefined, 'skipped: no Electron binary')
  describeDesktop(startOnElectron)
})
