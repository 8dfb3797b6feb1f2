import { expect, test } from 'vitest'
import { makeTicket, verifyTicket } from './ticket.ts'

const now = Date.parse('2026-01-01T00:00:00Z')

test('a ticket is good for its annotation until it expires', () => {
  const { ticket, annotation } = makeTicket({ now, lifetimeSeconds: 60 })
  expect(ticket).toMatch(/^[\w-]{43}$/)
  expect(annotation).toMatch(/^sha256:[0-9a-f]{64} 2026-01-01T00:01:00\.000Z$/)
  const expiryTime = new Date(now + 60_000)
  expect(verifyTicket(ticket, annotation, now + 59_999)).toEqual({ verdict: 'Valid', expiryTime })
  expect(verifyTicket(ticket, annotation, now + 60_000)).toEqual({ verdict: 'Expired', expiryTime })
})

test('no ticket is good for another', () => {
  const { annotation } = makeTicket({ now, lifetimeSeconds: 60 })
  const other = makeTicket({ now, lifetimeSeconds: 60 })
  expect(verifyTicket(other.ticket, annotation, now)).toEqual({ verdict: 'Wrong' })
  expect(verifyTicket('', annotation, now)).toEqual({ verdict: 'Wrong' })
})

test.each([
  undefined,
  '',
  'sha256:00 2026-01-01T00:00:00Z',
  `sha256:${'0'.repeat(64)}`,
  `sha256:${'0'.repeat(64)} soon`,
])('annotation %s lets nobody in', (annotation) => {
  expect(verifyTicket('x', annotation, now)).toEqual({ verdict: 'NoneIssued' })
})
