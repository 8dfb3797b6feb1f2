import { setTimeout as delay } from 'node:timers/promises'
import { asFailure } from '../failure/failure.ts'
import type { KubeClient } from './client.ts'
import { isNotFound } from './errors.ts'
import { eventName, eventType, identity, type KubeEvent, newEvent, type RecordedEvent } from './event.ts'
import { EventBudget } from './event-budget.ts'
import { type Logger, silentLogger } from './log.ts'
import { microTime } from './micro-time.ts'
import type { KubeObject } from './resource.ts'

export interface EventRecorderOptions {
  client: KubeClient
  /** Who reports: `vdi.auxo.dev/auxo`. */
  controller: string
  /** Which replica reports: the pod's name. */
  instance: string
  logger?: Logger
  /** Milliseconds since 1970. */
  now?: () => number
  /** The same again within this long becomes a series instead of another event (default 10 minutes). */
  seriesMs?: number
  /** A series is written at most once in this long (default 1 minute); its second occurrence at once. */
  seriesWriteMs?: number
  /** Events that wait to be sent; more are dropped (default 1,000). */
  capacity?: number
}

interface Series {
  event: KubeEvent
  count: number
  lastAt: number
  created: boolean
  queued: boolean
  writtenAt: number
}

/**
 * Writes events beside the work: `record` returns at once and never throws. The same again becomes a series; an object
 * that reports too much is held back; what cannot be sent is tried a few times, then dropped.
 */
export class EventRecorder {
  readonly #options: Required<EventRecorderOptions>
  readonly #budget: EventBudget
  readonly #series = new Map<string, Series>()
  readonly #queue: Series[] = []
  readonly #stopping = new AbortController()
  #sending: Promise<void> | undefined

  constructor(options: EventRecorderOptions) {
    this.#options = {
      logger: silentLogger,
      now: Date.now,
      seriesMs: 600_000,
      seriesWriteMs: 60_000,
      capacity: 1000,
      ...options,
    }
    this.#budget = new EventBudget(this.#options.now)
  }

  /** Reports what happened to the object. */
  record(object: KubeObject, event: RecordedEvent): void {
    const { now, seriesMs, capacity, logger, controller, instance } = this.#options
    const at = now()
    this.#forgetOld(at)
    const id = identity(object, event)
    const known = this.#series.get(id)
    if (known !== undefined && at - known.lastAt < seriesMs) {
      known.count += 1
      known.lastAt = at
      if (known.count === 2 || at - known.writtenAt >= this.#options.seriesWriteMs) this.#enqueue(known)
      return
    }
    const { namespace, name, uid } = object.metadata
    if (!this.#budget.spend(uid ?? `${namespace}/${name}`) || this.#queue.length >= capacity) {
      logger.debug({ namespace, name, reason: event.reason }, 'too many events: dropped')
      return
    }
    const series = {
      event: newEvent(object, event, { controller, instance, at }),
      count: 1,
      lastAt: at,
      created: false,
      queued: false,
      writtenAt: at,
    }
    this.#series.set(id, series)
    this.#enqueue(series)
  }

  /** Sends what waits, and the last counts of series, for at most `timeoutMs`; then nothing more is sent. */
  async stop(timeoutMs = 2000): Promise<void> {
    for (const series of this.#series.values())
      if (series.event.series?.count !== series.count && series.count > 1) this.#enqueue(series)
    const timer = setTimeout(() => this.#stopping.abort(), timeoutMs)
    await this.#sending
    clearTimeout(timer)
    this.#stopping.abort()
  }

  #enqueue(series: Series): void {
    if (series.queued || this.#stopping.signal.aborted) return
    series.queued = true
    this.#queue.push(series)
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined
    })
  }

  async #send(): Promise<void> {
    for (let series = this.#queue.shift(); series !== undefined; series = this.#queue.shift()) {
      series.queued = false
      if (this.#stopping.signal.aborted) return
      await this.#write(series)
    }
  }

  async #write(series: Series): Promise<void> {
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      try {
        return await this.#writeOnce(series)
      } catch (error) {
        const failure = asFailure(error)
        const { namespace, name } = series.event.regarding
        const { reason } = series.event
        if (failure.class !== 'Unavailable' && failure.class !== 'Throttled') attempt = 3
        if (attempt === 3)
          this.#options.logger.warn({ namespace, name, reason, err: error }, 'an event could not be written')
        else await delay(500 * 4 ** attempt, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
      }
    }
  }

  async #writeOnce(series: Series): Promise<void> {
    const { client, now } = this.#options
    const { event, count } = series
    const options = { signal: this.#stopping.signal, timeoutMs: 10_000 }
    if (count > 1) event.series = { count, lastObservedTime: microTime(series.lastAt) }
    series.writtenAt = now()
    if (series.created) {
      try {
        await client.patch(eventType, event.metadata, { series: event.series }, options)
        return
      } catch (error) {
        // Events expire (an hour by default).
        if (!isNotFound(error)) throw error
        event.metadata.name = eventName(event.regarding.name)
      }
    }
    await client.create(eventType, event, options)
    series.created = true
  }

  #forgetOld(at: number): void {
    if (this.#series.size < this.#options.capacity) return
    for (const [id, series] of this.#series) if (at - series.lastAt >= this.#options.seriesMs) this.#series.delete(id)
  }
}
