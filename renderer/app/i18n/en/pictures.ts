import type { Words } from '../words.ts'
import type zhCN from '../zh-CN/pictures.ts'

const pictures: Words<typeof zhCN> = {
  choose: 'Choose from this computer…',
  ways: 'You can also paste pictures, or drop them on the composer. Or send the link of a picture on the web:',
  byLink: 'Send by link',
  openSettings: 'Open settings',
  onlyPictures: 'Only pictures can be added here',
  tooMany: 'At most {n} pictures at a time',
  states: { waiting: 'Waiting', preparing: 'Preparing', sending: 'Uploading', storing: 'Storing' },
  goes: 'goes out when done',
  progress: 'Progress of {name}',
  cancel: 'Cancel {name}',
  remove: 'Remove {name}',
  retry: 'Try {name} again',
  unfit: {
    unreadable: 'It cannot be opened as a picture; save it as PNG or JPEG first.',
    'too-large': 'It is too large; make it smaller.',
  },
  until: 'Link valid until {time}',
  expired: 'The link has expired; add it again',
  over: 'The link has expired',
  settings: {
    title: 'Pictures',
    about:
      'The platform takes only links of pictures. Pictures that you add lose what is written into them (such as where they were taken), are scaled to the limit, stored where you choose here, and offered by a link that nobody can guess.',
    way: 'Where they go',
    ways: { public: 'This application’s own public address', s3: 'S3-compatible storage', webdav: 'WebDAV' },
    wayAbout: {
      public:
        'Given by the listener that takes callbacks; needs a public URL of the connection (see Connections). A reverse proxy in front has to pass the path /p/ on to the listener, too.',
      s3: 'Uploaded to a bucket; pictures must be readable without signing in. Nobody can guess their names; they are removed when their links expire.',
      webdav:
        'Uploaded to a folder; pictures must be readable without signing in. Nobody can guess their names; they are removed when their links expire.',
    },
    endpoint: 'Service address',
    region: 'Region',
    bucket: 'Bucket',
    prefix: 'Folder prefix',
    accessKeyId: 'Access key ID',
    secretAccessKey: 'Secret access key',
    publicUrl: 'Address for reading',
    publicUrlS3: 'The bucket’s address on the web, without the prefix',
    publicUrlWebdav: 'The folder’s address on the web',
    pathStyle: 'The bucket’s name stands in the path (most self-hosted services need it)',
    publicRead: 'Make each picture readable for all by itself (where the bucket is not)',
    url: 'Folder address',
    username: 'User name',
    password: 'Password',
    kept: 'Kept in the vault; leave empty to keep it',
    optional: 'optional',
    save: 'Save',
    saved: 'Saved',
    test: 'Try it',
    testWith: 'For which connection',
    testAbout: '“Try it” saves first; then it stores a picture of one pixel, fetches it by its link, and removes it.',
    steps: { store: 'Store', fetch: 'Fetch by its link', remove: 'Remove' },
    stepStates: { good: 'worked', bad: 'failed' },
    works: 'It works',
    fails: 'It does not work yet',
    days: 'Links are valid for',
    dayWords: '{n} day | {n} days',
    side: 'Longest side',
    sideWords: '{n} pixels',
    numbers:
      'The link of {n} picture is valid now; pictures of this machine take {size}. | The links of {n} pictures are valid now; pictures of this machine take {size}.',
    overdue:
      '{n} expired ones could not be removed where they lie and may stay public there. If the place was changed since, enter the former one again or remove them there.',
    nextExpiry: 'The next one expires {time}.',
    room: 'How much room they take and how long they are kept is set with other pictures, in the next section. A picture whose link is valid is never deleted.',
  },
}
export default pictures
