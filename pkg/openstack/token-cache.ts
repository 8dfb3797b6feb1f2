import { Failure } from '../failure/failure.ts'
import type { Token } from './token.ts'

/** Milliseconds before its end at which a token is replaced; a fifth of its life where that is less. */
const renewalMarginMs = 300_000

/** Milliseconds between two tries while Keystone fails but the token at hand is still good. */
const retryMs = 5_000

/** Milliseconds for which a refused credential is not tried again: Keystone may lock out who fails too often. */
const refusalMs = 10_000

/**
 * The current token. It is fetched when first needed, before it expires, and when a service refused it: always once for
 * all who wait.
 */
export class TokenCache {
  readonly #authenticate: () => Promise<Token>
  readonly #now: () => number
  #current: { token: Token; renewAt: number; expiresAt: number } | undefined
  #pending: Promise<Token> | undefined
  #refusal: { failure: Failure; until: number } | undefined

  /** `now`: monotonic milliseconds, so that the clocks of Keystone and ours may differ. */
  constructor(authenticate: () => Promise<Token>, now: () => number) {
    this.#authenticate = authenticate
    this.#now = now
  }

  /** A token that is good for some while yet. */
  async get(): Promise<Token> {
    const current = this.#current
    if (current !== undefined && this.#now() < current.renewAt) return current.token
    try {
      return await this.#renew()
    } catch (error) {
      if (current === undefined || this.#now() >= current.expiresAt) throw error
      current.renewAt = this.#now() + retryMs
      return current.token
    }
  }

  /** Another token than `refused`, which a service answered with 401. */
  async after(refused: Token): Promise<Token> {
    if (this.#current !== undefined && this.#current.token !== refused) return this.#current.token
    return this.#renew()
  }

  #renew(): Promise<Token> {
    if (this.#refusal !== undefined && this.#now() < this.#refusal.until) return Promise.reject(this.#refusal.failure)
    this.#pending ??= this.#fetch().finally(() => {
      this.#pending = undefined
    })
    return this.#pending
  }

  async #fetch(): Promise<Token> {
    const begun = this.#now()
    try {
      const token = await this.#authenticate()
      const margin = Math.min(renewalMarginMs, token.lifetimeMs / 5)
      this.#current = { token, renewAt: begun + token.lifetimeMs - margin, expiresAt: begun + token.lifetimeMs }
      this.#refusal = undefined
      return token
    } catch (error) {
      if (error instanceof Failure && error.class === 'Auth') {
        this.#refusal = { failure: error, until: this.#now() + refusalMs }
      }
      throw error
    }
  }
}
