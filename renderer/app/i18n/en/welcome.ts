import type { Words } from '../words.ts'
import type zhCN from '../zh-CN/welcome.ts'

const welcome: Words<typeof zhCN> = {
  title: 'Answer the customers of every account from one window',
  intro:
    'Switchboard looks after many robots of an open platform at once. Try it with the built-in sandbox first, or connect to your platform.',
  sandbox: {
    title: 'Try it with the sandbox',
    text: 'A built-in simulated platform: three robots, a few dozen friends, customers who write first. No account needed, and the data stays on this machine.',
    start: 'Start the sandbox',
    starting: 'Starting the sandbox and exchanging keys',
    loggingIn: 'Robots are logging in: {online} of {total} online',
  },
  platform: {
    title: 'Connect to a platform',
    text: 'Enter the gateway address, the app id and the merchant number. Keys are made on this machine, and the private one never leaves it.',
    start: 'Enter a connection',
  },
}
export default welcome
