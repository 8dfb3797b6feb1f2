import { setTimeout as delay } from 'node:timers/promises'
import { CliError, EXIT } from './exit-code.ts'
import { formatBytes, formatDuration } from './measures.ts'
import type { TusClient, TusState } from './tus-client.ts'
import { PART_TOO_LARGE, TusError } from './tus-error.ts'

/** The content that is sent. */
export interface Content {
  readonly name: string
  readonly size: number
  read(offset: number, length: number): AsyncIterable<Buffer>
  /** Throws where the content is not any more what it was. */
  assertUnchanged(): Promise<void>
}

/** Where the bytes go: asked anew after each failure, since addresses and tickets change. */
export interface Gateway {
  /** `Complete`: nothing more is wanted. */
  connect(): Promise<TusClient | 'Complete'>
  /** The ticket was refused: the next `connect` brings a new one. */
  renewTicket(): Promise<void>
}

/** Who watches. */
export interface UploadObserver {
  /** Bytes that were handed over so far; may go back. */
  progress(bytes: number): void
  /** Something a person should know. */
  note(text: string): void
}

export interface ResumableUploadOptions {
  content: Content
  gateway: Gateway
  observer: UploadObserver
  /** Milliseconds, monotonic. */
  now?: () => number
  /** Default: 1 s, doubling to 30 s. */
  backoff?: { baseMs: number; maxMs: number }
  /** Ends with the last error when nothing moved for so long. Default 10 minutes. */
  giveUpAfterMs?: number
  /** Most bytes in one request; a proxy that refuses it is offered less. Default 1 GiB. */
  partBytes?: number
}

const SMALLEST_PART = 512 * 1024
/** More than connections hold in their buffers: so much cannot have been on its way only. */
const SURELY_ARRIVED = 16 * 1024 * 1024
const MOST_REFUSALS = 4

/** Sends content until the server has all of it, whatever happens in between. */
export class ResumableUpload {
  readonly #options: Required<ResumableUploadOptions>
  #partBytes: number
  /** Bytes that the server has, or should have, as far as we know. */
  #known = 0
  #failures = 0
  #refusals = 0
  #movedAt = 0

  constructor(options: ResumableUploadOptions) {
    this.#options = {
      now: () => performance.now(),
      backoff: { baseMs: 1000, maxMs: 30_000 },
      giveUpAfterMs: 600_000,
      partBytes: 2 ** 30,
      ...options,
    }
    this.#partBytes = this.#options.partBytes
  }

  /** Resolves when the server has every byte. */
  async run(signal: AbortSignal): Promise<void> {
    this.#movedAt = this.#options.now()
    for (;;) {
      try {
        await this.#attempt(signal)
        return
      } catch (error) {
        signal.throwIfAborted()
        await this.#recover(error, signal)
      }
    }
  }

  async #attempt(signal: AbortSignal): Promise<void> {
    const { content, gateway, observer } = this.#options
    const client = await gateway.connect()
    if (client === 'Complete') return observer.progress(content.size)
    let offset = this.#begin(await this.#stateOf(client, signal))
    while (offset < content.size) {
      await content.assertUnchanged()
      const length = Math.min(this.#partBytes, content.size - offset)
      const next = await client.send(this.#counted(offset, length), offset, length, signal)
      if (next > offset) this.#moved()
      offset = next
      this.#known = offset
      observer.progress(offset)
    }
    await content.assertUnchanged()
  }

  async #stateOf(client: TusClient, signal: AbortSignal): Promise<TusState> {
    const { content } = this.#options
    try {
      const state = await client.state(signal)
      if (state === 'Rejected' && this.#known > 0) {
        throw new CliError(`${content.name} was refused after it was sent; kubectl auxo status says why`)
      }
      // A length that nothing was sent for is only what the Image promises.
      const begun = typeof state === 'object' && (state.offset > 0 || state.length === content.size)
      if (begun) return state
      await client.create(content.size, content.name, signal)
      return { offset: 0, length: content.size }
    } catch (error) {
      // Nothing more is wanted: the content is complete.
      if (error instanceof TusError && error.class === 'Conflict') return { offset: content.size, length: undefined }
      throw error
    }
  }

  /** Goes on from where the server is, and says so where that is not where we thought. */
  #begin({ offset, length, resetReason }: TusState): number {
    const { content, observer } = this.#options
    if (length !== undefined && length !== content.size) {
      throw new CliError(
        `the upload was begun with a file of ${length} bytes and ${content.name} has ${content.size}; use the same file, or another --name`,
      )
    }
    if (offset > content.size) throw new CliError(`the cloud has more bytes than ${content.name}; use the same file`)
    const reason = resetReason === undefined ? '' : ` (${resetReason})`
    // The server's word counts, whatever of it we had heard of before.
    if (offset === 0 && (this.#known > 0 || resetReason !== undefined))
      observer.note(`the cloud lost the bytes${reason}; sending again from the start`)
    else if (offset > 0 && this.#known === 0) observer.note(`resuming at ${formatBytes(offset)}`)
    if (offset > this.#known) this.#moved()
    this.#refusals = 0
    this.#known = offset
    observer.progress(offset)
    return offset
  }

  async *#counted(offset: number, length: number): AsyncGenerator<Buffer> {
    let at = offset
    for await (const chunk of this.#options.content.read(offset, length)) {
      yield chunk
      at += chunk.length
      if (at - offset >= SURELY_ARRIVED) this.#known = Math.max(this.#known, at - SURELY_ARRIVED)
      this.#options.observer.progress(at)
    }
  }

  #moved(): void {
    this.#failures = 0
    this.#movedAt = this.#options.now()
  }

  /** Waits as long as the failure asks for, or throws it where trying again is in vain. */
  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    const { observer, gateway, giveUpAfterMs, now } = this.#options
    const failure = bodyError(error)
    if (!(failure instanceof TusError)) throw failure
    if (failure.code === PART_TOO_LARGE && this.#partBytes > SMALLEST_PART) {
      this.#partBytes = Math.max(SMALLEST_PART, Math.floor(Math.min(this.#partBytes, this.#options.content.size) / 8))
      observer.note(`something on the way refuses large requests; sending ${formatBytes(this.#partBytes)} at a time`)
      return
    }
    if (failure.class === 'Auth') {
      this.#refusals += 1
      if (this.#refusals >= MOST_REFUSALS) throw new CliError(failure.message, EXIT.refused, { cause: failure })
      if (this.#refusals === 1) await gateway.renewTicket()
    } else if (!isPassing(failure) || now() - this.#movedAt > giveUpAfterMs) throw failure
    await this.#pause(failure, signal)
  }

  async #pause(failure: TusError, signal: AbortSignal): Promise<void> {
    const { backoff, observer } = this.#options
    const pauseMs = failure.retryAfterSeconds === undefined ? this.#backoffMs() : failure.retryAfterSeconds * 1000
    this.#failures += 1
    // The first conflict only means that we looked at an old offset; the first refusal, that the ticket was old.
    const expected =
      failure.class === 'Auth' || (failure.class === 'Conflict' && failure.retryAfterSeconds === undefined)
    if (this.#failures === 1 && expected) return
    observer.note(`${failure.message}; trying again in ${formatDuration(Math.max(1, pauseMs / 1000))}`)
    await delay(Math.min(pauseMs, backoff.maxMs * 4), undefined, { signal })
  }

  #backoffMs(): number {
    const { baseMs, maxMs } = this.#options.backoff
    return Math.min(maxMs, baseMs * 2 ** this.#failures) * (0.75 + Math.random() / 2)
  }
}

function isPassing(failure: TusError): boolean {
  return ['Unavailable', 'Throttled', 'Conflict', 'NotFound'].includes(failure.class)
}

/** What the file's reader threw inside a request, rather than the request's own words for it. */
function bodyError(error: unknown): unknown {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof CliError) return at
  return error
}
