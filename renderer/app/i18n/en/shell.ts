import type { Words } from '../words.ts'
import type zhCN from '../zh-CN/shell.ts'

const shell: Words<typeof zhCN> = {
  appName: 'Switchboard',
  sections: 'Sections',
  inbox: 'Inbox',
  friends: 'Friends',
  groups: 'Groups',
  quickReplies: 'Replies',
  robots: 'Robots',
  connections: 'Connections',
  activity: 'Activity',
  callbacks: 'Callbacks',
  console: 'Console',
  settings: 'Settings',
  starting: 'Connecting to the engine',
  reconnecting: 'The connection to the engine is lost. Reconnecting; what you wrote is kept.',
  noticeSince: 'since {time}',
  notices: 'Needs attention',
  alarms: 'Watch',
  moreAlarms: '{n} more | {n} more',
  fewerAlarms: 'Fewer',
  putAside: 'Seen, do not show it',
  signedOut: {
    title: 'Sign in first',
    text: 'Open this page with the sign-in link that the host printed when it started: it is in the terminal, begins with http and works once.',
    again: 'If the link has been used, starting the host again gives a new one.',
    retry: 'I have signed in, connect again',
  },
  lock: {
    now: 'Lock',
    title: 'Switchboard is locked',
    text: 'Messages still come in and go out.',
    passphrase: 'Passphrase',
    open: 'Unlock',
    touchId: 'Unlock with Touch ID',
    notRecognised: 'You were not recognised. Try again, or give the passphrase.',
    wait: 'Too many wrong attempts. Wait {n} second before the next. | Too many wrong attempts. Wait {n} seconds before the next.',
    noLink: 'The connection to the engine is lost. Reconnecting.',
    forgot: 'Forgot the passphrase?',
    forgotText:
      'Whoever has access to the machine can start Switchboard once with --remove-lock: the lock is gone then, the data stays.',
  },
  refused: {
    title: 'The interface and the engine are of different versions',
    text: 'The application may just have been updated. Once reloaded, the interface fits the engine again.',
    reload: 'Reload',
  },
}
export default shell
