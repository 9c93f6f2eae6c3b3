/** QR codes as pictures. */
import QRCode from 'qrcode'

const look = { margin: 2, width: 320, errorCorrectionLevel: 'M' } as const

export async function qrPng(text: string): Promise<Buffer> {
  return await QRCode.toBuffer(text, look)
}

/** @returns `data:image/png;base64,…` */
export async function qrDataUrl(text: string): Promise<string> {
  return await QRCode.toDataURL(text, look)
}
