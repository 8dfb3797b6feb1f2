/**
 * What we know of a service's clock, without agreeing on the time. A time that it wrote is a moment that its clock had
 * reached when we saw it, so it is ahead of ours by at least the difference. The bound falls behind (never ahead) while
 * nothing new is learnt, since ours only counts on.
 */
export class ServiceClock {
  #lead: number | undefined

  /** The service's clock (milliseconds since the epoch) had reached `moment` at `now` of ours (monotonic). */
  learn(moment: number, now: number): void {
    const lead = moment - now
    if (!Number.isNaN(lead)) this.#lead = Math.max(this.#lead ?? lead, lead)
  }

  /** A moment of the service's clock that had come at `time` of ours; `undefined` while nothing is known. */
  at(time: number): number | undefined {
    return this.#lead === undefined ? undefined : time + this.#lead
  }
}
