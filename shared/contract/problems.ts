/**
 * Words for the stable `problem` of an error: what exactly is wrong with a key, or what the network said. A
 * `problem` that is not here (a path, a sentence of the operating system) is shown as it came.
 */

type Words = Readonly<Record<'zh-CN' | 'en', string>>
const say = (zh: string, en: string): Words => ({ 'zh-CN': zh, en })

const dns = say('找不到网关地址里的主机名', 'the host name of the gateway URL cannot be found')
const noRoute = say('到网关没有可用的网络', 'there is no network route to the gateway')
const reset = say('连接被对方中断', 'the other side broke the connection off')
const timedOut = say('在规定时间内没有应答', 'no answer came within the time allowed')
const connectTimeout = say('在规定时间内没有连上网关', 'the gateway could not be connected to within the time allowed')
const untrusted = say('网关的 TLS 证书不受信任', 'the gateway’s TLS certificate is not trusted')

/** By the word that stands in `params.problem`. `{name}` is filled from the other params. */
const problemWords: Readonly<Record<string, Words>> = {
  // Parameters of a method
  required: say('必填', 'it is required'),
  'must-be-text': say('必须是文本', 'it must be text'),
  'must-be-boolean': say('必须是 true 或 false', 'it must be true or false'),
  'must-be-list': say('必须是至少一项的文本列表', 'it must be a list of text with at least one item'),
  'must-be-object': say('必须是对象', 'it must be an object'),
  'must-be-one-of': say('只能是 {values} 之一', 'it must be one of {values}'),
  'exactly-one': say('必须且只能填其中一个', 'exactly one of them must be given'),
  'too-long-code-points': say('最多 {max} 个字符，现在是 {length} 个', 'it may have {max} characters and has {length}'),
  'too-long-utf16': say(
    '最多 {max} 个 UTF-16 单元，现在是 {length} 个',
    'it may have {max} UTF-16 units and has {length}',
  ),
  'too-long-utf8': say(
    '最多 {max} 个 UTF-8 字节，现在是 {length} 个',
    'it may have {max} bytes of UTF-8 and has {length}',
  ),
  // The listener's certificate and the ways in
  'file-unreadable': say('无法读取文件 {path}（{why}）', 'the file {path} cannot be read ({why})'),
  'cert-unusable': say(
    '{path} 里的证书不能用于 TLS：证书链有损坏，或密钥太弱（RSA 至少 2048 位）',
    'the certificate in {path} cannot be used for TLS: its chain is damaged, or its key is too weak (RSA from 2048 bits on)',
  ),
  'cert-unreadable': say('{path} 不是 PEM 格式的证书', '{path} is no certificate in PEM form'),
  'tls-key-unreadable': say(
    '{path} 不是未加密的 PEM 私钥',
    '{path} is no private key in PEM form without a passphrase',
  ),
  'tls-mismatch': say('证书 {path} 与私钥不是一对', 'the certificate {path} and the key do not go together'),
  'cert-expired': say('证书已于 {date} 过期', 'the certificate ended on {date}'),
  'cert-not-yet': say('证书要到 {date} 才生效', 'the certificate begins on {date}'),
  'tls-one-missing': say('证书和私钥必须同时填写', 'certificate and key go together'),
  'path-not-absolute': say('{path} 不是绝对路径', '{path} is no absolute path'),
  exited: say('程序已退出（{code}）', 'the program ended ({code})'),
  closed: say('连接被对方关闭', 'the other side closed the connection'),
  'program-absent': say('找不到这个程序', 'there is no such program'),
  'pattern-slow': say(
    '匹配模式在某一行上没有尽头，请改得更具体',
    'the pattern does not come to an end on one of its lines; make it more specific',
  ),
  'program-forbidden': say('没有运行它的权限', 'it may not be run'),
  'server-unknown': say('找不到这个主机名', 'its name cannot be found'),
  'server-refuses': say('它拒绝连接', 'it refuses connections'),
  'server-silent': say('在规定时间内没有应答', 'it did not answer within the time allowed'),
  'server-no-route': say('没有通往它的网络', 'there is no network route to it'),
  'server-no-tls': say('它没有按 TLS 应答', 'it does not answer in TLS'),
  'certificate-untrusted': say('没有受信任的机构为它担保', 'no trusted authority vouches for it'),
  'certificate-other-name': say('它属于另一个名称', 'it is for another name'),
  'certificate-expired': say('它已过期', 'it has expired'),
  'certificate-not-yet': say('它尚未生效', 'it is not valid yet'),
  'listener-down': say('本机的回调监听没有运行', 'the callback listener of this machine does not run'),
  // Keys
  'key-not-text': say('既不是 PEM 也不是 base64', 'it is neither PEM nor base64'),
  'key-damaged': say('内容不完整或已损坏', 'it is incomplete or damaged'),
  'key-not-rsa': say('这是 {type} 密钥，不是 RSA 密钥', 'it is a key of type {type}, not RSA'),
  'key-too-short': say('只有 {bits} 位，至少需要 {least} 位', 'it has only {bits} bits; at least {least} are needed'),
  'key-is-public': say('这是公钥，这里需要私钥', 'it is a public key, where a private one belongs'),
  'key-is-private': say('这是私钥，这里需要公钥', 'it is a private key, where a public one belongs'),
  'key-is-certificate': say('这是证书，不是密钥', 'it is a certificate, not a key'),
  'key-is-openssh': say(
    '这是 OpenSSH 格式；请先用 ssh-keygen -p -m PEM 转换',
    'it is in OpenSSH’s form; convert it with ssh-keygen -p -m PEM first',
  ),
  'key-password-needed': say('它已加密，请填写它的口令', 'it is encrypted; give its password'),
  'key-wrong-password': say('口令不正确', 'the password is wrong'),
  'key-mismatch': say('它与给出的公钥不是一对', 'it does not belong to the given public key'),
  'key-halves': say('它自带的公钥部分与私钥部分不是一对', 'its own public half does not belong to its private half'),
  'key-same': say('它就是现在使用的密钥', 'it is the key that is in use now'),
  'key-missing': say('连接「{name}」的私钥不在密钥库中', 'the private key of “{name}” is not in the vault'),
  // An archive
  head: say('文件开头不是总机归档', 'the file does not begin like an archive of Switchboard'),
  passphrase: say('口令不正确，或文件已损坏', 'the passphrase is wrong, or the file is damaged'),
  damaged: say('文件已损坏', 'the file is damaged'),
  cut: say('文件不完整', 'the file is cut short'),
  content: say('内容不完整', 'its content is incomplete'),
  // A picture
  'picture-type': say('不是 PNG、JPEG、WebP 或 GIF 图片', 'it is no PNG, JPEG, WebP or GIF'),
  'picture-damaged': say('内容不完整或已损坏', 'it is incomplete or damaged'),
  'picture-pixels': say('像素过多', 'it has too many pixels'),
  'picture-side': say(
    '{width} × {height} 像素，每边最多 {side}',
    'it has {width} × {height} pixels, and a side may have {side}',
  ),
  'picture-bytes': say('超过 {megabytes} MB', 'it has more than {megabytes} MB'),
  'picture-other': say('链接给出的不是这张图片', 'the link leads to something else'),
  'picture-refused': say('对方拒绝（HTTP {status}）', 'the other side refuses (HTTP {status})'),
  'picture-access': say(
    '对方不认可账号或密钥（HTTP {status}）',
    'the other side does not accept the name or the secret (HTTP {status})',
  ),
  'picture-folder': say('找不到存储桶或文件夹（HTTP {status}）', 'the bucket or folder is not there (HTTP {status})'),
  'picture-secret': say('密钥或密码不在密钥库中', 'the secret is not in the vault'),
  'picture-place-changed': say(
    '存放位置已更改，图片还在原来的位置',
    'the place was changed since, and the picture lies where it was put',
  ),
  'picture-dns': say('找不到这个主机名', 'the host name cannot be found'),
  'picture-connect': say('连不上，或连接被中断', 'it cannot be connected to, or broke off'),
  'picture-timeout': say('在规定时间内没有应答', 'no answer came within the time allowed'),
  'picture-tls': say('TLS 证书不受信任', 'its TLS certificate is not trusted'),
  // What ended a log-in
  'login-result': say('{reason}（结果码 {resultCode}）', '{reason} (result code {resultCode})'),
  'login-banned': say('平台封禁了账号 {reason}', 'the platform banned the account {reason}'),
  'login-offline': say('平台报告账号离线 {reason}', 'the platform reports the account offline {reason}'),
  // The network
  ENOTFOUND: dns,
  EAI_AGAIN: dns,
  ECONNREFUSED: say('网关拒绝连接', 'the gateway refuses connections'),
  EHOSTUNREACH: noRoute,
  ENETUNREACH: noRoute,
  EADDRNOTAVAIL: noRoute,
  ECONNRESET: reset,
  EPIPE: reset,
  UND_ERR_SOCKET: reset,
  UND_ERR_CONNECT_TIMEOUT: connectTimeout,
  CONNECT_TIMEOUT: connectTimeout,
  PROXY_TIMEOUT: say(
    '在规定时间内没有查到该用哪个代理',
    'which proxy to take could not be found out within the time allowed',
  ),
  TIMEOUT: timedOut,
  ETIMEDOUT: timedOut,
  ANSWER_TOO_LONG: say('应答过长', 'the answer is too long'),
  CERT_HAS_EXPIRED: say('网关的 TLS 证书已过期', 'the gateway’s TLS certificate has expired'),
  CERT_NOT_YET_VALID: say('网关的 TLS 证书尚未生效', 'the gateway’s TLS certificate is not valid yet'),
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  ERR_TLS_CERT_ALTNAME_INVALID: say(
    '网关的 TLS 证书不是发给这个主机名的',
    'the gateway’s TLS certificate is for another host name',
  ),
  ERR_SSL_WRONG_VERSION_NUMBER: say('对方说的不是 TLS', 'the other side does not speak TLS'),
  ERR_SSL_PACKET_LENGTH_TOO_LONG: say('对方说的不是 TLS', 'the other side does not speak TLS'),
}

const refuses = say('它拒绝连接', 'it refuses connections')
const silent = say('在规定时间内没有应答', 'it did not answer within the time allowed')
const unknownName = say('找不到这个主机名', 'its name cannot be found')
const unreachable = say('没有通往它的网络', 'there is no network route to it')
const unvouched = say('没有受信任的机构为它担保', 'no trusted authority vouches for it')

/** The same words of the network where the other end is no gateway, but a server on the way in. */
const wayProblemWords: Readonly<Record<string, Words>> = {
  ENOTFOUND: unknownName,
  EAI_AGAIN: unknownName,
  ECONNREFUSED: refuses,
  // As the NATS client has it.
  'connection refused': refuses,
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  EADDRNOTAVAIL: unreachable,
  ETIMEDOUT: silent,
  TIMEOUT: silent,
  timeout: silent,
  CERT_HAS_EXPIRED: say('它已过期', 'it has expired'),
  CERT_NOT_YET_VALID: say('它尚未生效', 'it is not valid yet'),
  DEPTH_ZERO_SELF_SIGNED_CERT: say('它是自己签发的', 'it is signed by itself alone'),
  SELF_SIGNED_CERT_IN_CHAIN: unvouched,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: say(
    '证书链不完整，或没有受信任的机构为它担保',
    'its chain is not complete, or no trusted authority vouches for it',
  ),
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unvouched,
  UNABLE_TO_GET_ISSUER_CERT: unvouched,
}

/** What is missing, by the `what` of an error; any other (the name of a variable) is shown as it is. */
const missingWords: Readonly<Record<string, Words>> = {
  'ngrok token': say('ngrok 令牌', 'The ngrok token'),
  'SSH key': say('SSH 私钥', 'The SSH private key'),
  'SSH password': say('SSH 密码', 'The SSH password'),
  SSH_AUTH_SOCK: say('正在运行的 SSH 代理', 'A running SSH agent'),
  'NATS token': say('NATS 令牌', 'The NATS token'),
  'NATS password': say('NATS 密码', 'The NATS password'),
  'NATS nkey': say('NATS NKey 种子', 'The NATS NKey seed'),
  'NATS .creds': say('NATS .creds 文件', 'The NATS .creds file'),
}

const wordsIn = (table: Readonly<Record<string, Words>>, key: unknown): Words | undefined =>
  typeof key === 'string' && Object.hasOwn(table, key) ? table[key] : undefined

/**
 * @param isWay whether it belongs to a way in, where the other end is no gateway
 * @returns words for the `problem` of an error; undefined where there are none
 */
export const problemOf = (problem: unknown, isWay: boolean): Words | undefined =>
  (isWay ? wordsIn(wayProblemWords, problem) : undefined) ?? wordsIn(problemWords, problem)

/** @returns words for the `what` of an error; undefined where there are none */
export const missingOf = (what: unknown): Words | undefined => wordsIn(missingWords, what)
