/** Errors of pictures of this machine: what cannot be sent, and why it can be offered nowhere. */
import { define, type ErrorText } from './error-text.ts'

export const pictureErrorTexts = {
  'picture-unreadable': define(
    400,
    ['这个文件不能作为图片发送：{problem}', '请另选一张，或另存为 PNG 或 JPEG 后再试。'],
    ['This file cannot be sent as a picture: {problem}', 'Choose another one, or save it as PNG or JPEG first.'],
  ),
  'picture-too-large': define(
    413,
    ['图片太大：{problem}', '请缩小后再试。'],
    ['The picture is too large: {problem}', 'Make it smaller and try again.'],
  ),
  'picture-no-address': define(
    409,
    [
      '这里还没有让平台取图片的公网地址',
      '请把图片放到网上再发送链接；或在“设置 → 图片”里选择存放位置，或为此连接设置公网地址。',
    ],
    [
      'There is no public address here yet at which the platform could fetch a picture',
      'Put the picture on the web and send its link; or choose a place for pictures in Settings → Pictures, or give this connection a public URL.',
    ],
  ),
  'picture-link-too-long': define(
    409,
    ['图片的链接会有 {length} 个字符，平台最多接受 {max} 个', '请在设置里改用更短的公网地址或前缀。'],
    [
      'The picture’s link would have {length} characters; the platform takes {max} at most',
      'Use a shorter public address or prefix in the settings.',
    ],
  ),
  'picture-no-room': define(
    507,
    ['正在提供的图片已占满 {megabytes} MB 的限额', '请在设置中放宽图片的空间，或等较早的链接过期。'],
    [
      'The pictures on offer already fill the {megabytes} MB that they may take',
      'Give pictures more room in the settings, or wait until earlier links expire.',
    ],
  ),
  'picture-not-stored': define(
    502,
    ['图片没有存到外部存储：{problem}', '请检查存放位置的地址、账号和密钥（“设置 → 图片”），再试一试。'],
    [
      'The picture could not be stored: {problem}',
      'Check the address, name and secret of its place (Settings → Pictures), and try it there.',
    ],
  ),
  'picture-not-fetched': define(
    502,
    [
      '用链接取不回图片：{problem}',
      '平台很可能也取不到；请检查公网地址和读取权限。路由器可能不允许从内部访问自己的公网地址。',
    ],
    [
      'The picture cannot be fetched by its link: {problem}',
      'The platform most likely cannot either; check the public address and who may read there. Some routers do not let one call oneself.',
    ],
  ),
  'picture-expired': define(
    410,
    ['图片的链接已过期，平台取不到它了', '请重新添加这张图片再发送。'],
    ['The picture’s link has expired; the platform can no longer fetch it', 'Add the picture again and send it.'],
  ),
} as const satisfies Record<string, ErrorText>
