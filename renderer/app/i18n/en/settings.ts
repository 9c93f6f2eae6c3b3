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
  lock: {
    title: 'Application lock',
    about: 'Lock it when you leave: the screen shows nothing of customers, messages still come in and go out.',
    isSet: 'A passphrase is set',
    isNotSet: 'Not set',
    set: 'Set a passphrase',
    change: 'Change it',
    remove: 'Remove the lock',
    after: 'Locks when nobody touches it for',
    minutes: '{n} minute | {n} minutes',
    never: 'Only by hand',
    byKey: '{key} locks at any time',
    now: 'Lock now',
    limits:
      'The lock keeps out who sits at the screen. It does not encrypt the data, and scripts with the token go on.',
    dialogs: { set: 'Set a passphrase', change: 'Change the passphrase', remove: 'Remove the lock' },
    current: 'Present passphrase',
    next: 'New passphrase',
    again: 'Once more',
    least: 'At least {n} characters',
    differs: 'The two are not the same',
    othersClose: 'Other browsers and windows lock with it.',
    removeText: 'Whoever opens this place then sees the customers.',
    confirm: { set: 'Set', change: 'Change', remove: 'Remove' },
  },
  vault: {
    title: 'Protection of keys',
    about:
      'Private keys, passwords of robots and cached log-ins are encrypted in the data folder. This is what protects the key that opens them.',
    means: {
      os: 'Only the present user of this machine can open them, and whoever can run programs as that user.',
      passphrase:
        'Without the passphrase nobody can open them, not even with the whole data folder. It is given at the start by SWITCHBOARD_PASSPHRASE; once forgotten, nothing brings it back.',
      'key-file':
        'The key lies in the data folder, readable only by the system user that runs Switchboard: whoever has the whole folder can open them. Keep it apart from backups.',
    },
    keyFile: 'Key file:',
    store: {
      plain:
        'The key store of this system would keep secrets as plain text, which protects nothing. So a key file is used instead. After installing gnome-keyring or KWallet and a restart you can choose the key store here.',
      absent: 'This system has no usable key store, so a key file is used.',
    },
    to: { os: 'Use the key store', passphrase: 'Use a passphrase', 'key-file': 'Use a key file' },
    otherPassphrase: 'Change the passphrase',
    dialog: 'Change the protection of keys',
    then: {
      os: 'From now on the system’s key store protects them; the key file is deleted.',
      passphrase:
        'From the next start on SWITCHBOARD_PASSPHRASE must give this passphrase. Write it down first: without it private keys and passwords cannot be had back.',
      'key-file':
        'From then on no passphrase is needed at the start; whoever has the whole data folder can open private keys and passwords.',
    },
    copies:
      'Keys and passwords themselves are not touched. Earlier backups open as before: if an old passphrase got out, change the keys of your connections too.',
    confirm: 'Change',
  },
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
  sessions: {
    title: 'Signed-in browsers',
    about: 'Each of them can read and send everything. Sign out whatever you do not know.',
    own: 'This browser',
    unknownAgent: 'Unknown program',
    agent: '{browser} on {system}',
    lines: 'From {address} · signed in {since} · last used {used}',
    ends: 'Ends {time}',
    revoke: 'Sign out',
    revokeWhat: 'Sign out {what}',
    revokeTitle: 'Sign out {what}?',
    revokeText: 'What it has open is closed at once. To come back it needs the token.',
    revokeOwn: 'This is the browser you are using. To come back you need the token that the host gave when it started.',
  },
  licences: {
    title: 'Licences',
    about: 'Switchboard is made of these works of others. Each name opens its licence.',
    count: '{n} work | {n} works',
    failed: 'The list could not be read.',
    noText: 'This work brings no licence text of its own; its licence is {licence}.',
    runtime:
      'The desktop application also holds Electron with Chromium and Node.js; their licences lie beside the program as LICENSE.electron.txt and LICENSES.chromium.html.',
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
      passphrase: 'Protected by a passphrase',
      'key-file': 'Protected by a key file in the data folder',
    },
    listener: 'Callback listener',
    listenerOff: 'Not listening; no message can arrive',
    copyWhat: 'Copy: {what}',
  },
}
export default settings
