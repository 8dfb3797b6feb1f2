import type { Desktop } from '../../api/v1alpha1/objects.ts'
import type { Launch } from './observed.ts'

/** For so long a server that Nova took may be missing from the inventory before Nova is asked for it by its id. */
const APPEARS_MS = 10_000

/**
 * What this process alone knows of its requests for servers; losing it costs a wait, no more: what is on record in
 * status decides then. Keys are `namespace/name`.
 */
export class Launches {
  readonly #accepted = new Map<string, { id: string; requestID: string | undefined; at: number }>()
  readonly #lost = new Map<string, number>()
  /** The last attempt of which is known that no server came of it, or that its server was seen. */
  readonly #settled = new Map<string, number>()
  readonly #now: () => number

  /** `now`: milliseconds since the epoch, as in status. */
  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** RFC 3339. */
  get time(): string {
    return new Date(this.#now()).toISOString()
  }

  accepted(key: string, id: string, requestID: string | undefined): void {
    this.#accepted.set(key, { id, requestID, at: this.#now() })
  }
  /** What Nova gave for the request that it took last. */
  acceptedOf(key: string): { id: string; requestID: string | undefined } | undefined {
    return this.#accepted.get(key)
  }
  /** Whether the server should have appeared by now. */
  isOverdue(key: string): boolean {
    const accepted = this.#accepted.get(key)
    return accepted !== undefined && this.#now() - accepted.at > APPEARS_MS
  }

  lost(key: string, mayActUntil: number): void {
    this.#lost.set(key, mayActUntil)
  }

  settled(key: string, attempt: number): void {
    this.#accepted.delete(key)
    this.#lost.delete(key)
    this.#settled.set(key, attempt)
  }

  forget(key: string): void {
    this.#accepted.delete(key)
    this.#lost.delete(key)
    this.#settled.delete(key)
  }

  /** How the last attempt that is on record stands, while there is no server. */
  stateOf(key: string, { status }: Desktop, timeoutMs: number): Launch {
    const creation = status?.creation
    const accepted = this.#accepted.get(key)
    if (accepted !== undefined) return { state: 'Accepted', id: accepted.id, requestID: accepted.requestID }
    if (creation === undefined || creation.requestID !== undefined) return { state: 'Settled' }
    if (this.#settled.get(key) === creation.attempt) return { state: 'Settled' }
    const until = Math.max(this.#lost.get(key) ?? 0, Date.parse(creation.startTime) + timeoutMs)
    const leftMs = until - this.#now()
    return leftMs > 0 ? { state: 'Unknown', seconds: Math.ceil(leftMs / 1000) } : { state: 'Over' }
  }
}
