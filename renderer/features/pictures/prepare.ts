/**
 * A picture of this machine, drawn anew by the browser: at most as large as is allowed, held as its camera was, in the
 * colours of the web, with nothing of the file but its pixels. What moves is left as it is: drawn, it would stand still.
 */

export interface PictureLimits {
  /** Longest side, in pixels. */
  side: number
  bytes: number
}

/** Why a file cannot be sent. */
export type Unfit = 'unreadable' | 'too-large'

/** How fine JPEG and WebP are written, from 0 to 1. */
const quality = 0.9
/** How much of a file says whether it moves. */
const headBytes = 64 * 1024
/** Largest file that is decoded at all. */
const fileLimit = 60 * 1024 * 1024

const latin = new TextDecoder('latin1')

/** Whether a file holds more than one picture. */
async function moves(file: Blob): Promise<boolean> {
  const head = latin.decode(await file.slice(0, headBytes).arrayBuffer())
  if (head.startsWith('GIF8')) return true
  if (head.startsWith('\x89PNG')) return head.split('IDAT', 1)[0]?.includes('acTL') ?? false
  return head.startsWith('RIFF') && head.slice(12, 16) === 'VP8X' && (head.charCodeAt(20) & 2) !== 0
}

function draw(picture: ImageBitmap, scale: number, isOnWhite: boolean): HTMLCanvasElement | null {
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(picture.width * scale))
  canvas.height = Math.max(1, Math.round(picture.height * scale))
  const context = canvas.getContext('2d')
  if (!context) return null
  if (isOnWhite) {
    context.fillStyle = '#fff'
    context.fillRect(0, 0, canvas.width, canvas.height)
  }
  context.imageSmoothingQuality = 'high'
  context.drawImage(picture, 0, 0, canvas.width, canvas.height)
  return canvas
}

const written = (canvas: HTMLCanvasElement | null, type: string): Promise<Blob | null> =>
  new Promise((resolve) => (canvas ? canvas.toBlob(resolve, type, quality) : resolve(null)))

/** What is tried in turn until it fits: as it is, then as JPEG, then smaller. */
const attempts = [
  { shrink: 1, asJpeg: false },
  { shrink: 1, asJpeg: true },
  { shrink: 0.7, asJpeg: true },
  { shrink: 0.5, asJpeg: true },
]

/** @returns what is to be sent, or why nothing can be */
export async function prepare(file: Blob, limits: PictureLimits): Promise<Blob | Unfit> {
  if (file.size > fileLimit) return 'too-large'
  if (await moves(file)) return file.size > limits.bytes ? 'too-large' : file
  const picture = await createImageBitmap(file).catch(() => null)
  if (!picture) return 'unreadable'
  try {
    const fit = Math.min(1, limits.side / Math.max(picture.width, picture.height))
    const type = ['image/jpeg', 'image/webp'].includes(file.type) ? file.type : 'image/png'
    for (const { shrink, asJpeg } of attempts) {
      const canvas = draw(picture, fit * shrink, asJpeg)
      const drawn = await written(canvas, asJpeg ? 'image/jpeg' : type)
      if (drawn && drawn.size <= limits.bytes) return drawn
    }
    return 'too-large'
  } finally {
    picture.close()
  }
}
