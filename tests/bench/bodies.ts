/** Callback bodies as a busy platform sends them: messages of people to three robots. */

export const robots = ['1000000000000000001', '1000000000000000002', '1000000000000000003'] as const
export const merchantNo = 'M20260018'

/** How many people write. */
const people = 500

/** The body of the n-th message: no two are equal. */
export function messageBody(n: number): string {
  const at = 1_795_480_000_000 + n
  return JSON.stringify({
    resultCode: '0',
    resultMsg: 'success',
    type: '1005',
    nTimeStamp: String(at),
    optSerNo: '',
    optvcMerchantId: merchantNo,
    optvcRobotSerialNo: robots[n % robots.length],
    data: {
      FromUserId: `u8f21c09${n % people}`,
      Content: `你好,请问这个商品还有库存吗?编号 ${n},今天下单什么时候能发货?`,
      dtMsgTime: String(at),
      ToUserId: 'u0000account',
      nPlatformMsgType: '10',
      nMsgType: '0',
    },
  })
}
