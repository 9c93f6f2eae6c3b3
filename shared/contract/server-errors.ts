/** Errors of the desktop application as a window on a server: why the server cannot be used. */
import { define, type ErrorText } from './error-text.ts'

export const serverErrorTexts = {
  'server-unreachable': define(
    502,
    ['连不上服务器 {server}：{problem}', '请检查地址、端口和网络，并确认服务器正在运行。已连接它的窗口会自动重试。'],
    [
      'The server {server} cannot be reached: {problem}',
      'Check address, port and network, and whether it runs. A window on it tries again by itself.',
    ],
  ),
  'server-certificate': define(
    502,
    [
      '服务器 {server} 的证书没有通过检查：{problem}',
      '可能有人冒充服务器，因此没有发送令牌。请让管理员核对证书；使用自建证书机构的，请填写它的证书。',
    ],
    [
      'The certificate of the server {server} was refused: {problem}',
      'Somebody may pose as the server, so the token was not sent. Ask its administrator; where it has an authority of its own, give that one’s certificate.',
    ],
  ),
  'server-token': define(
    401,
    ['服务器 {server} 不接受这个令牌', '请向管理员要当前的令牌，并重新填写。'],
    ['The server {server} does not accept the token', 'Ask its administrator for the present one, and give it anew.'],
  ),
  'server-version': define(
    409,
    ['服务器 {server} 是另一个版本（服务器 {theirs}，本机 {ours}）', '请把服务器和这台电脑上的总机更新到同一版本。'],
    [
      'The server {server} is of another version (server {theirs}, this computer {ours})',
      'Update the server and the application on this computer to the same version.',
    ],
  ),
  'server-other': define(
    502,
    [
      '{server} 有应答，但不像总机服务器：{problem}',
      '请检查地址：要填服务器自己的公开地址，以 https:// 开头，不带路径。',
    ],
    [
      '{server} answers, but not as a Switchboard: {problem}',
      'Check the address: it is the server’s own public one, with https:// and no path.',
    ],
  ),
  'server-authority': define(
    400,
    ['填写的机构证书不能用：{problem}', '需要 PEM 格式的证书，以 -----BEGIN CERTIFICATE----- 开头。'],
    [
      'The authority’s certificate cannot be used: {problem}',
      'A certificate in PEM form is needed: it begins with -----BEGIN CERTIFICATE-----.',
    ],
  ),
  'server-token-missing': define(
    409,
    ['没有服务器 {server} 的令牌', '请填写管理员给的令牌。'],
    ['There is no token for the server {server}', 'Give the one that its administrator told you.'],
  ),
} as const satisfies Record<string, ErrorText>
