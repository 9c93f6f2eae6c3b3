/** Errors of the ways in: why callbacks cannot reach this machine, and what is wrong with the listener's certificate. */
import { define, type ErrorText } from './error-text.ts'

export const reachErrorTexts = {
  'tls-unusable': define(
    400,
    ['监听的 TLS 证书不能用：{problem}', '请检查证书文件和私钥文件的路径与内容，然后再保存。'],
    [
      'The listener’s TLS certificate cannot be used: {problem}',
      'Check paths and content of the certificate and the key file, then save again.',
    ],
  ),
  'reach-down': define(
    503,
    ['“{connection}”的接入方式不通，平台的回调进不来', '请打开“连接”中的“接入与检查”，按其中的原因处理。'],
    [
      'The way in of “{connection}” is down: no callback can reach it',
      'Open “Way in and check” under Connections and act on the reason that it gives.',
    ],
  ),
  'reach-secret-missing': define(
    409,
    ['缺少 {what}', '请在接入方式的设置中填写并保存。'],
    ['{what} is missing', 'Give it in the settings of the way in, and save.'],
  ),
  'reach-secret-unreadable': define(
    400,
    ['SSH 私钥不能用：{problem}', '需要 OpenSSH 或 PEM 格式的私钥；有口令的，请一并填写口令。'],
    [
      'The SSH private key cannot be used: {problem}',
      'A private key in OpenSSH’s or in PEM form is needed; give its passphrase too, where it has one.',
    ],
  ),
  'reach-unreachable': define(
    502,
    ['连不上 {server}：{problem}', '请检查主机名、端口和网络；稍后会自动重试。'],
    ['{server} cannot be reached: {problem}', 'Check host name, port and network; it is tried again by itself.'],
  ),
  'reach-refused': define(
    401,
    ['{server} 不接受登录', '请检查用户名、密钥、密码或令牌；SSH 的公钥要在服务器的 authorized_keys 中。'],
    [
      '{server} refuses the log-in',
      'Check user name, key, password or token; for SSH the public key has to be in the server’s authorized_keys.',
    ],
  ),
  'reach-host-key': define(
    409,
    [
      '{server} 的主机密钥变了（现在 {fingerprint}，之前 {pinned}）',
      '可能有人冒充服务器。请向管理员核对指纹，确认无误后再接受新密钥。',
    ],
    [
      'The host key of {server} changed (now {fingerprint}, before {pinned})',
      'Somebody may pose as the server. Compare the fingerprint with its administrator, then accept the new key.',
    ],
  ),
  'reach-forward-refused': define(
    409,
    ['{server} 不转发端口 {port}', '请在 sshd 中允许 AllowTcpForwarding 和 PermitListen，并确认端口没有被占用。'],
    [
      '{server} does not forward port {port}',
      'Allow it in sshd (AllowTcpForwarding, PermitListen), and see that the port is free there.',
    ],
  ),
  'reach-lost': define(
    503,
    ['接入中断：{problem}', '正在自动重连；没有确认的回调由平台重发。'],
    ['The way in broke: {problem}', 'It reconnects by itself; the platform repeats what was not acknowledged.'],
  ),
  'reach-command': define(
    409,
    ['命令 {command} 没有运行起来：{problem}', '请在终端里试一次这条命令，再检查路径和参数。'],
    ['The command {command} does not run: {problem}', 'Try it in a terminal, then check its path and arguments.'],
  ),
  'reach-no-url': define(
    409,
    ['{seconds} 秒内没有在 {command} 的输出里找到公网地址', '请检查从输出里取地址的正则表达式；命令最近的输出见日志。'],
    [
      'No public address in the output of {command} within {seconds} s',
      'Check the regular expression that finds it; what the command printed last is in the log.',
    ],
  ),
  'reach-sdk-absent': define(
    501,
    ['ngrok 组件不可用：{problem}', '请重新安装应用，或改用“命令”方式运行 ngrok 自己的程序。'],
    [
      'The ngrok component is not available: {problem}',
      'Install the application anew, or run ngrok’s own program by the way “command”.',
    ],
  ),
  'reach-service': define(
    502,
    ['{service} 拒绝了：{problem}', '请检查令牌和域名；稍后会自动重试。'],
    ['{service} refused: {problem}', 'Check token and domain; it is tried again by itself.'],
  ),
  'relay-secret-unreadable': define(
    400,
    ['填写的{what}不能用', '种子以 SU 开头；.creds 文件要完整，包含生成时的两个部分。'],
    [
      'What was given as {what} cannot be used',
      'A seed begins with SU; a .creds file is needed whole, with both of its parts, as it was made for the user.',
    ],
  ),
  'relay-leaving': define(
    503,
    ['原来的中继 {server} 还没有清理完：那里可能还有回调没取回', '会自动重试。“接入与检查”中有原因，也可以放弃。'],
    [
      'The relay at {server} was left, and could not be cleared yet: callbacks may wait there',
      'It is tried again by itself. “Way in and check” says why, and lets you leave it anyway.',
    ],
  ),
  'relay-gap': define(
    409,
    [
      '“{connection}”在 {from} 至 {to}（UTC）之间的回调可能缺失：中继保留不了那么久',
      '请对照平台的记录。以后请让这台主机更早上线，或用 --max-days 让中继保留更久。',
    ],
    [
      'Callbacks of “{connection}” between {from} and {to} (UTC) may be missing: the relay does not keep them that long',
      'Compare with the platform’s records. Let this host run sooner, or the relay keep more days (--max-days).',
    ],
  ),
} as const satisfies Record<string, ErrorText>
