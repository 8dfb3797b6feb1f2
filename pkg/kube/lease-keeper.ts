import type { KubeClient } from './client.ts'
import type { Clock } from './clock.ts'
import { isAlreadyExists, isConflict, isNotFound } from './errors.ts'
import { givenBack, heldBy, type Lease, type LeaseHolder, leaseType } from './lease.ts'

export interface LeaseKeeperOptions {
  client: KubeClient
  namespace: string
  name: string
  holder: LeaseHolder
  /** Without a successful renewal for this long the Lease counts as lost; shorter than its duration. */
  deadlineMs: number
  clock: Clock
  today: () => number
  /** Called when it came to be held (true) and when it no longer is (false). */
  onHeld: (held: boolean) => void
}

/** Takes, renews and gives back one Lease. It is lost on its own clock, before anybody else may take it. */
export class LeaseKeeper {
  readonly name: string
  readonly #options: LeaseKeeperOptions
  #lease: Lease | undefined
  /** When the last successful renewal was sent: others count from later. */
  #renewedAt = Number.NEGATIVE_INFINITY
  #held = false
  /** Given back for good: an answer that comes late changes nothing any more. */
  #closed = false
  #cancelDeadline: () => void = () => undefined

  constructor(options: LeaseKeeperOptions) {
    this.#options = options
    this.name = options.name
  }

  /** Right also when timers are late. */
  get held(): boolean {
    return this.#held && !this.#isLate()
  }

  /**
   * Takes the Lease, on top of what is there (`undefined`: no such Lease). Somebody who was quicker is no error. Throws
   * when the API server cannot be asked.
   */
  async take(current: Lease | undefined): Promise<void> {
    await this.#write(current)
  }

  /**
   * Renews what is held, on top of the Lease as it was just seen, or as it was last written. Throws when the API server
   * cannot be asked; it stays held until the deadline.
   */
  async renew(current: Lease | undefined = this.#lease): Promise<void> {
    if (current?.spec?.holderIdentity === this.#options.holder.identity) await this.#write(current)
    else this.lose()
  }

  /** For good: gives the Lease to whoever wants it, or removes it, if it is held. */
  async giveBack({ remove = false }: { remove?: boolean } = {}): Promise<void> {
    const { client, holder } = this.#options
    const { held } = this
    this.#closed = true
    this.lose()
    if (!held || this.#lease === undefined) return
    const { metadata } = this.#lease
    try {
      await this.#release(this.#lease, remove)
    } catch (error) {
      if (isNotFound(error)) return
      if (!isConflict(error)) throw error
      // A renewal whose answer was lost, or another holder.
      const now = await client.get(leaseType, metadata, { timeoutMs: this.#requestMs })
      if (now?.spec?.holderIdentity === holder.identity) await this.#release(now, remove)
    }
  }

  /** It is not ours any more, whatever the API server says. */
  lose(): void {
    this.#cancelDeadline()
    if (!this.#held) return
    this.#held = false
    this.#options.onHeld(false)
  }

  get #requestMs(): number {
    return this.#options.deadlineMs / 2
  }

  async #write(current: Lease | undefined): Promise<void> {
    const { client, namespace, name, holder, clock, today } = this.#options
    const sentAt = clock.now()
    const lease = heldBy(holder, current ?? { metadata: { namespace, name } }, today())
    // Without the caller's signal: a write that is cut off may have happened, and others would wait for it to lapse.
    const options = { timeoutMs: this.#requestMs }
    try {
      this.#lease = current
        ? await client.update(leaseType, lease, options)
        : await client.create(leaseType, lease, options)
    } catch (error) {
      if (isConflict(error) || isAlreadyExists(error) || isNotFound(error)) return
      throw error
    }
    this.#renewed(sentAt)
  }

  async #release(lease: Lease, remove: boolean): Promise<void> {
    const { client, today } = this.#options
    const { uid, resourceVersion } = lease.metadata
    const timeoutMs = this.#requestMs
    if (remove) await client.delete(leaseType, lease.metadata, { uid, resourceVersion, timeoutMs })
    else await client.update(leaseType, givenBack(lease, today()), { timeoutMs })
  }

  #isLate(): boolean {
    return this.#options.clock.now() - this.#renewedAt >= this.#options.deadlineMs
  }

  #renewed(sentAt: number): void {
    const { clock, deadlineMs, onHeld } = this.#options
    if (this.#closed) return
    this.#renewedAt = sentAt
    this.#cancelDeadline()
    if (this.#isLate()) {
      this.lose()
      return
    }
    this.#cancelDeadline = clock.timer(() => this.lose(), sentAt + deadlineMs - clock.now())
    if (this.#held) return
    this.#held = true
    onHeld(true)
  }
}
