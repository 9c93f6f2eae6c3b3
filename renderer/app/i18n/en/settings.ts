import type { Words } from '../words.ts'
import type zhCN from '../zh-CN/settings.ts'

const settings: Words<typeof zhCN> = {
  title: 'Settings',
  look: 'Interface',
  language: 'Language',
  languages: { auto: 'As the system', 'zh-CN': '简体中文', en: 'English' },
  theme: 'Theme',
  themes: { system: 'As the system', light: 'Light', dark: 'Dark' },
  density: 'Rows',
  densities: { roomy: 'Roomy', compact: 'Compact' },
  notKept: 'The setting was not saved.',
  sandbox: {
    title: 'Sandbox',
    about: 'The built-in simulated platform: a process of its own on this machine that reaches no real customer.',
    states: { stopped: 'Not running', starting: 'Starting', running: 'Running', failed: 'Did not start' },
    start: 'Start the sandbox',
    stop: 'Stop the sandbox',
    starting: 'Starting the sandbox and exchanging keys',
    stopping: 'Stopping',
    openPage: 'Open the sandbox’s page',
    copyPage: 'Copy the address of its page',
    pageText: 'On its page you play the customers, or make the platform slow, fail or ban a robot.',
    kept: 'Once stopped, its connection and history stay; start it again to go on.',
    failedText: 'Try again, or see the log.',
    online: '{online} of {total} robots online',
  },
  runs: {
    title: 'What runs here',
    version: 'Version',
    versionValue: '{version} (contract {contract})',
    host: 'Runs as',
    hosts: { desktop: 'Desktop application', headless: 'Headless host, reached with a browser' },
    system: 'System',
    startedAt: 'Started',
    dataDir: 'Data folder',
    vault: 'Secrets',
    vaults: {
      os: 'Protected by the system’s key store',
      'os-plain': 'The system has no usable key store',
      passphrase: 'Protected by a passphrase',
      'key-file': 'Protected by a key file in the data folder',
    },
    vaultNotes: {
      os: '',
      'os-plain':
        'Private keys and passwords are encoded, not protected: whoever can read the data folder can read them. Install a key store such as gnome-keyring, then restart.',
      passphrase: '',
      'key-file':
        'Only the system user that runs Switchboard can read the key file. Keep it apart from backups of the data folder.',
    },
    listener: 'Callback listener',
    listenerOff: 'Not listening; no message can arrive',
    copyWhat: 'Copy: {what}',
  },
}
export default settings
