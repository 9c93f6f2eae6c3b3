import { test } from '@playwright/test'
import { startOnStandIn } from '../support/desktop-driver.ts'
import { describeDesktop } from './spec.ts'

test.describe('desktop, on the stand-in for Electron', () => {
  describeDesktop(startOnStandIn)
})
