/** The public request parameters (PROTOCOL §1) with the document's greatest lengths in characters. */
export const envelopeParameters = {
  app_id: { required: true, max: 32 },
  method: { required: true, max: 128 },
  timestamp: { required: true, max: 19 },
  format: { required: false, max: 40 },
  charset: { required: true, max: 10 },
  sign: { required: true, max: 344 },
  sign_type: { required: true, max: 10 },
  version: { required: true, max: 3 },
  Merchantid: { required: true, max: 256 },
  data: { required: true, max: undefined },
} as const

export const signTypes = ['RSA2', 'RSA'] as const
export type SignType = (typeof signTypes)[number]

/** The time zone of `timestamp` unless the connection says otherwise. */
export const defaultTimeZone = 'Asia/Shanghai'
