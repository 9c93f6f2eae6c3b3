/** Links into the application: only what is exactly one of ours leads anywhere. */
import fc from 'fast-check'
import { EventEmitter } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import { hearLinks } from '../../../electron/desktop/hear-links.ts'
import { linkAmong, placeOfPage, readLink } from '../../../electron/desktop/links.ts'

const conversation = (id: string, kind: 'friend' | 'group' = 'friend') => ({
  to: 'conversation',
  robotId: '7',
  peer: { kind, id },
})

describe('a link', () => {
  it('leads to a conversation, whatever the platform’s id has in it', () => {
    expect(readLink('switchboard://conversation/7/friend/123456789012345678901')).toEqual(
      conversation('123456789012345678901'),
    )
    expect(readLink('SWITCHBOARD://conversation/7/group/a%2Fb%3Fc/')).toEqual(conversation('a/b?c', 'group'))
    expect(readLink('switchboard://')).toEqual({ to: 'inbox' })
    expect(readLink('switchboard://inbox/')).toEqual({ to: 'inbox' })
  })
  it.each([
    '',
    'switchboard:conversation/7/friend/1',
    'switchboard://conversation',
    'switchboard://conversation/7/friend',
    'switchboard://conversation/7/friend/',
    'switchboard://conversation/7/friend/1/2',
    'switchboard://conversation/0/friend/1',
    'switchboard://conversation/-1/friend/1',
    'switchboard://conversation/7/robot/1',
    'switchboard://conversation/7/friend/%',
    'switchboard://conversation/7/friend/%00',
    'switchboard://conversation/7/friend/%E2%80%AE1',
    'switchboard://conversation/7/friend/1?send=hello',
    'switchboard://conversation/7/friend/1#x',
    'switchboard://conversation/7/friend/1" --data /tmp/evil',
    'switchboard://conversation/7\\friend\\1',
    'switchboard://user@conversation/7/friend/1',
    'switchboard://settings',
    'switchboard://lock/open',
    'switchboardx://conversation/7/friend/1',
    ' switchboard://conversation/7/friend/1',
    'https://example.org/switchboard://conversation/7/friend/1',
    'app://switchboard/inbox/7/friend/1',
    `switchboard://conversation/7/friend/${'1'.repeat(2000)}`,
    `switchboard://conversation/7/friend/${'%41'.repeat(300)}`,
  ])('that is not one of ours leads nowhere: %s', (address) => {
    expect(readLink(address)).toBeNull()
  })
  it('never throws, and what it gives is what was asked for', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (tail) => {
        readLink(`switchboard://${tail}`)
        readLink(tail)
      }),
    )
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 50 }), (id) => {
        fc.pre(!/[\p{Cc}\p{Cf}]/u.test(id))
        expect(readLink(`switchboard://conversation/7/friend/${encodeURIComponent(id)}`)).toEqual(conversation(id))
      }),
    )
  })
  it('is found among the arguments of a start', () => {
    const args = ['switchboard', '--data', '/d', '--', 'https://a.example', 'switchboard://conversation/7/friend/1']
    expect(linkAmong(args)).toEqual(conversation('1'))
    expect(linkAmong(['--hidden', '/d'])).toBeNull()
  })
})

describe('the conversation that a page shows', () => {
  it('is read from its address', () => {
    expect(placeOfPage('app://switchboard/inbox/7/friend/a%2Fb?message=3')).toEqual(conversation('a/b'))
    for (const other of [
      '',
      'app://switchboard/inbox',
      'app://switchboard/settings',
      'app://switchboard/inbox/7/friend/',
    ]) {
      expect(placeOfPage(other), other).toBeNull()
    }
  })
})

it('links that macOS hands over wait for the window, the last of them; hostile ones lead nowhere', () => {
  const app = new EventEmitter()
  const heard = hearLinks(app as never)
  const say = (url: string): boolean => {
    const event = { preventDefault: vi.fn() }
    app.emit('open-url', event, url)
    return event.preventDefault.mock.calls.length === 1
  }
  expect(say('switchboard://conversation/7/friend/1')).toBe(true)
  expect(say('switchboard://conversation/7/friend/2')).toBe(true)
  expect(say('switchboard://lock/open')).toBe(true)
  const open = vi.fn()
  heard.follow(open)
  expect(open.mock.calls).toEqual([[conversation('2')]])
  say('switchboard://inbox')
  say('https://evil.example/')
  expect(open).toHaveBeenLastCalledWith({ to: 'inbox' })
  expect(open).toHaveBeenCalledTimes(2)
})
