/** What stops a way in, and what it lacks, in the words of the one who reads it. */
import { describe, expect, it } from 'vitest'
import { describeFailure } from '../../../shared/contract/errors.ts'
import { describeReachFinding } from '../../../shared/contract/reach-findings.ts'
import { shownState } from '../../../renderer/components/way-words.ts'
import { typeWords } from '../../../renderer/features/callbacks/words.ts'

describe('a failure of a way in', () => {
  it('names what is missing in both languages, and a variable by its own name', () => {
    const failure = (what: string) => ({ code: 'reach-secret-missing' as const, params: { what } })
    expect(describeFailure(failure('ngrok token'), 'zh-CN').message).toBe('缺少 ngrok 令牌')
    expect(describeFailure(failure('ngrok token'), 'en').message).toBe('The ngrok token is missing')
    expect(describeFailure(failure('TUNNEL_TOKEN'), 'zh-CN').message).toBe('缺少 TUNNEL_TOKEN')
  })

  it('calls the other end no gateway', () => {
    const params = { server: 'nats.example.com:4222', problem: 'ECONNREFUSED' }
    expect(describeFailure({ code: 'reach-unreachable', params }, 'en').message).toBe(
      'nats.example.com:4222 cannot be reached: it refuses connections',
    )
    const found = describeReachFinding('tls-untrusted', { problem: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'en')
    expect(found.message).toBe('The certificate is not trusted: it is signed by itself alone')
  })

  it('leaves the gateway its name elsewhere', () => {
    const failure = { code: 'gateway-unreachable' as const, params: { problem: 'ECONNREFUSED' } }
    expect(describeFailure(failure, 'en').message).toContain('the gateway refuses connections')
  })
})

describe('how a way in stands', () => {
  it('is never up where nothing here can see it', () => {
    expect(shownState({ state: 'up', settings: { way: 'direct' } })).toBe('set')
    expect(shownState({ state: 'failed', settings: { way: 'direct' } })).toBe('failed')
    expect(shownState({ state: 'up', settings: { way: 'ssh' } })).toBe('up')
  })
})

it('says of a callback type that the document does not name it', () => {
  expect(typeWords('1025')).toMatch(/^1025\D*文档中没有/)
  expect(typeWords('1005')).toBe('1005 消息')
})
