import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

export interface Ticket {
  /** The secret: 256 random bits, base64url. It goes to the gateway only, never into the cluster. */
  ticket: string
  /** Value of the annotation `vdi.auxo.dev/upload-ticket`: `sha256:<hex> <expiry, RFC 3339>`. */
  annotation: string
}

/** Makes a ticket that is good for `lifetimeSeconds` from `now` (milliseconds since the epoch). */
export function makeTicket({ now, lifetimeSeconds }: { now: number; lifetimeSeconds: number }): Ticket {
  const ticket = randomBytes(32).toString('base64url')
  const expiry = new Date(now + lifetimeSeconds * 1_000).toISOString()
  return { ticket, annotation: `sha256:${hash(ticket).toString('hex')} ${expiry}` }
}

export type TicketVerdict =
  | { verdict: 'Valid' | 'Expired'; expiryTime: Date }
  /** `NoneIssued`: the object has no (readable) annotation. `Wrong`: it has one, of another ticket. */
  | { verdict: 'NoneIssued' | 'Wrong' }

/** Judges a ticket by the object's annotation. Takes the same time whatever is wrong with the ticket. */
export function verifyTicket(ticket: string, annotation: string | undefined, now: number): TicketVerdict {
  const parts = /^sha256:([0-9a-f]{64}) (\S+)$/.exec(annotation ?? '')
  const expiryTime = new Date(parts?.[2] ?? Number.NaN)
  if (parts?.[1] === undefined || Number.isNaN(expiryTime.getTime())) return { verdict: 'NoneIssued' }
  if (!timingSafeEqual(hash(ticket), Buffer.from(parts[1], 'hex'))) return { verdict: 'Wrong' }
  return { verdict: now < expiryTime.getTime() ? 'Valid' : 'Expired', expiryTime }
}

function hash(ticket: string): Buffer {
  return createHash('sha256').update(ticket).digest()
}
