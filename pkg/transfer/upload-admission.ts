import { type TicketVerdict, verifyTicket } from './ticket.ts'
import type { UploadDirectory, UploadTarget } from './upload-directory.ts'
import { UploadError } from './upload-error.ts'
import { UploadSession } from './upload-session.ts'

/** What whoever was let in may use, and until when. */
export interface Admitted {
  session: UploadSession
  expiryTime: Date
}

/** Decides who may upload to what: the holder of an object's ticket, while the object takes bytes. */
export class UploadAdmission {
  readonly #directory: UploadDirectory
  readonly #now: () => number
  /** When the API server was asked about an object last, before somebody was turned away. */
  readonly #askedTimes = new Map<string, number>()

  constructor(directory: UploadDirectory, now: () => number) {
    this.#directory = directory
    this.#now = now
  }

  /** Throws `UploadError` where the ticket is not the object's, or the object takes nothing now. */
  async admit(namespace: string, name: string, ticket: string | undefined): Promise<Admitted> {
    if (ticket === undefined) {
      throw new UploadError(401, 'TicketMissing', 'send the ticket: Authorization: Bearer <ticket>')
    }
    const { target, verdict } = await this.#judge(namespace, name, ticket)
    const object = `Image ${namespace}/${name}`
    if (target === undefined) throw new UploadError(404, 'NotFound', `there is no ${object} to upload`, 1)
    if (verdict.verdict === 'Expired') {
      const expired = `the ticket expired at ${verdict.expiryTime.toISOString()}: make a new one`
      throw new UploadError(403, 'TicketExpired', expired)
    }
    if (verdict.verdict !== 'Valid')
      throw new UploadError(403, 'TicketRefused', `this is not the ticket of the ${object}`)
    const { session } = target
    if (session instanceof UploadSession) return { session, expiryTime: verdict.expiryTime }
    throw new UploadError(session.status, session.reason, session.message, session.retryAfterSeconds)
  }

  /** Judges by the cache, and where that says no, by the API server: the annotation may be a moment old. */
  async #judge(
    namespace: string,
    name: string,
    ticket: string,
  ): Promise<{ target: UploadTarget | undefined; verdict: TicketVerdict }> {
    const judged = async (fresh: boolean) => {
      const target = await this.#directory.find(namespace, name, { fresh })
      return { target, verdict: verifyTicket(ticket, target?.ticket, this.#now()) }
    }
    const cached = await judged(false)
    if (cached.verdict.verdict === 'Valid' || !this.#mayAsk(`${namespace}/${name}`)) return cached
    return judged(true)
  }

  /** Guesses must not cost calls to the API server: one a second for each object. */
  #mayAsk(key: string): boolean {
    const now = this.#now()
    if (now - (this.#askedTimes.get(key) ?? Number.NEGATIVE_INFINITY) < 1_000) return false
    if (this.#askedTimes.size >= 1_000) this.#askedTimes.clear()
    this.#askedTimes.set(key, now)
    return true
  }
}
