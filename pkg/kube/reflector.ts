import { setTimeout as delay } from 'node:timers/promises'
import { asFailure, type Failure } from '../failure/failure.ts'
import type { KubeClient } from './client.ts'
import { isExpired, KubeError } from './errors.ts'
import type { Logger } from './log.ts'
import { apiVersionOf, type KubeList, type KubeObject, type ResourceType } from './resource.ts'
import { endsInitialEvents, type WatchEvent } from './watch.ts'

/** Takes what a reflector sees. Calls come in order and must not throw. */
export interface ReflectorSink<O extends KubeObject> {
  /** The object is there in this version. */
  seen(object: O): void
  /** The object is gone. */
  gone(object: O): void
  /** All that exists was seen since the last `restarted`; whatever else is known up to this version is gone. */
  complete(resourceVersion: string): void
  /** Everything that exists is told again from here on. */
  restarted(): void
  /** All changes up to this version were told. */
  reached(resourceVersion: string): void
}

export interface ReflectorOptions<O extends KubeObject> {
  client: KubeClient
  type: ResourceType<O>
  namespace?: string | undefined
  labelSelector?: string | undefined
  fieldSelector?: string | undefined
  sink: ReflectorSink<O>
  logger: Logger
  /** A stream without a byte for this long is given up. Bookmarks come every minute. */
  silenceSeconds: number
  /** Pause after a failure: doubles from base to max, with jitter. */
  backoff: { baseMs: number; maxMs: number }
  pageSize: number
}

/**
 * Follows one resource in one namespace (or all): tells what is there, then every change, for ever. Goes on where it
 * was after a lost connection, and starts anew where the API server no longer knows that place (410).
 */
export class Reflector<O extends KubeObject> {
  readonly #options: ReflectorOptions<O>
  /** Where to go on from; undefined: from the start. */
  #version: string | undefined
  #failures = 0
  #failure: Failure | undefined

  constructor(options: ReflectorOptions<O>) {
    this.#options = options
  }

  /** Why it does not hear from the API server at the moment; undefined while it does. */
  get failure(): Failure | undefined {
    return this.#failure
  }

  /** Runs until the signal is aborted. Never throws. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.#version === undefined) await this.#start(signal)
        else await this.#follow(signal, this.#version)
        await this.#pause(signal)
      } catch (error) {
        if (signal.aborted) return
        await this.#failed(error, signal)
      }
    }
  }

  /** All that is there and then the changes, as one stream where the API server can (WatchList), else from a list. */
  async #start(signal: AbortSignal): Promise<void> {
    this.#options.sink.restarted()
    try {
      await this.#consume(signal, { sendInitialEvents: true })
    } catch (error) {
      if (!isUnsupported(error) || this.#version !== undefined) throw error
      await this.#list(signal)
    }
  }

  async #follow(signal: AbortSignal, resourceVersion: string): Promise<void> {
    await this.#consume(signal, { resourceVersion })
  }

  async #consume(signal: AbortSignal, from: { sendInitialEvents: true } | { resourceVersion: string }): Promise<void> {
    const { client, type, namespace, labelSelector, fieldSelector, silenceSeconds } = this.#options
    // Streams that end at different times keep the API servers from all being asked at once (as client-go does).
    const timeoutSeconds = Math.round(300 * (1 + Math.random()))
    const options = { namespace, labelSelector, fieldSelector, silenceSeconds, timeoutSeconds, signal, ...from }
    const onOpen = () => {
      this.#failure = undefined
    }
    for await (const event of client.watch(type, { ...options, onOpen })) this.#take(event)
  }

  #take(event: WatchEvent<O>): void {
    const { sink } = this.#options
    const version = event.object.metadata.resourceVersion ?? ''
    if (event.type === 'DELETED') sink.gone(this.#slim(event.object))
    else if (event.type !== 'BOOKMARK') sink.seen(this.#slim(event.object))
    const starting = this.#version === undefined
    // Initial events come ordered by name: only the bookmark after them is a place to go on from.
    if (starting && !endsInitialEvents(event)) return
    if (starting) sink.complete(version)
    this.#heard(version)
    sink.reached(version)
  }

  /** For API servers without WatchList. */
  async #list(signal: AbortSignal): Promise<void> {
    const { client, type, namespace, labelSelector, fieldSelector, sink } = this.#options
    let limit: number | undefined = this.#options.pageSize
    let page: KubeList<O> | undefined
    do {
      const next: string | undefined = page?.metadata.continue
      try {
        page = await client.list(type, { namespace, labelSelector, fieldSelector, limit, continue: next, signal })
      } catch (error) {
        if (!isExpired(error) || limit === undefined) throw error
        // The pages took longer than the API server keeps their version: all at once, then.
        limit = undefined
        page = undefined
        continue
      }
      for (const item of page.items) sink.seen(this.#slim(item))
    } while (page === undefined || page.metadata.continue)
    const version = page.metadata.resourceVersion ?? ''
    sink.complete(version)
    this.#heard(version)
    sink.reached(version)
  }

  #heard(version: string): void {
    this.#version = version
    this.#failures = 0
    this.#failure = undefined
  }

  async #failed(error: unknown, signal: AbortSignal): Promise<void> {
    const failure = asFailure(error)
    const { logger, type, namespace } = this.#options
    const fields = { resource: type.plural, namespace, err: error }
    if (isExpired(error)) {
      this.#version = undefined
      logger.info(fields, 'the watch is too old to go on: starting anew')
    } else {
      this.#failure = failure
      logger.warn(fields, 'the watch was lost: trying again')
    }
    await this.#pause(signal, failure.retryAfterSeconds)
  }

  /** Short after a stream that ended politely, longer with each failure in a row. */
  async #pause(signal: AbortSignal, atLeastSeconds = 0): Promise<void> {
    const { baseMs, maxMs } = this.#options.backoff
    const ms = Math.min(baseMs * 2 ** this.#failures, maxMs) * (0.5 + Math.random() / 2)
    this.#failures += 1
    await delay(Math.max(ms, atLeastSeconds * 1000), undefined, { signal }).catch(() => undefined)
  }

  /** As the cache keeps it: without managedFields, more than half of a small object; named, which lists leave out. */
  #slim(object: O): O {
    const { type } = this.#options
    object.apiVersion ??= apiVersionOf(type)
    object.kind ??= type.kind
    if (object.metadata.managedFields === undefined) return object
    const { managedFields: _, ...metadata } = object.metadata
    // A copy, not `delete`, which would turn the object into a slow and large dictionary.
    object.metadata = metadata
    return object
  }
}

/** Older API servers refuse the parameters of WatchList as invalid. */
function isUnsupported(error: unknown): boolean {
  return error instanceof KubeError && (error.status === 400 || error.status === 422)
}
