/**
 * Must be the first import of the application: the page's policy forbids making code from text, and the
 * schemas of the contract try to as soon as they are built unless told not to.
 */
import { config } from 'zod'

config({ jitless: true })
