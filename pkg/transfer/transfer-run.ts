import { setTimeout as sleep } from 'node:timers/promises'
import { asFailure, type Failure } from '../failure/failure.ts'
import { Blocks } from './blocks.ts'
import { checkChecksum, checkedContent, wrongSize } from './checked-content.ts'
import { ContentDigests } from './content-digest.ts'
import { primed, tooLarge } from './content-stream.ts'
import { RateMeter } from './rate-meter.ts'
import { resumed } from './resumed.ts'
import type { ByteStream } from './source.ts'
import type { Digests, TransferJob, TransferProgress } from './transfer.ts'
import { TransferError } from './transfer-error.ts'
import { WatchedStream } from './watched-stream.ts'

export interface TransferRunOptions {
  /** Bytes that go to the sink at a time, where the source has them. Default 512 KiB. */
  blockBytes?: number | undefined
  /** Made for this run alone where it is not given. */
  digests?: Pick<ContentDigests, 'begin'>
  /** Milliseconds of a clock that only goes forward. */
  now?: () => number
  /** Milliseconds to wait before the nth try in a row, of the source's connection or of the sink. */
  pauseMs?: ((attempt: number) => number) | undefined
  /** How often a transfer begins anew by itself, when the sink lost its bytes or the source changed. Default 2. */
  restarts?: number | undefined
}

/** One job, from its first byte to its end; it may begin anew in between. */
export class TransferRun {
  readonly #job: TransferJob
  readonly #now: () => number
  readonly #pauseMs: ((attempt: number) => number) | undefined
  readonly #restarts: number
  readonly #blockBytes: number | undefined
  readonly #contentDigests: Pick<ContentDigests, 'begin'>
  #meter = new RateMeter()
  #bytes = 0
  #written = 0
  #total: number | undefined
  #digests: Digests | undefined
  #note: string | undefined
  #movedTime: number

  constructor(job: TransferJob, options: TransferRunOptions = {}) {
    const { digests = new ContentDigests(), now = () => performance.now(), pauseMs, restarts = 2 } = options
    this.#blockBytes = options.blockBytes
    this.#contentDigests = digests
    this.#job = job
    this.#now = now
    this.#pauseMs = pauseMs
    this.#restarts = restarts
    this.#movedTime = now()
  }

  /** Moves everything. Throws the `Failure` that ended it, or the signal's reason. */
  async run(signal: AbortSignal): Promise<void> {
    this.#movedTime = this.#now()
    checkChecksum(this.#job.checksum)
    for (let restarts = 0; ; ) {
      try {
        return await this.#attempt(signal)
      } catch (error) {
        if (signal.aborted) {
          this.#job.source.settled?.(stopped())
          throw signal.reason
        }
        const failure = asFailure(error instanceof SinkLost ? error.cause : error)
        this.#job.source.settled?.(failure)
        const again = error instanceof SinkLost ? failure.class === 'Unavailable' : failure.code === 'SourceChanged'
        if (!again || restarts >= this.#restarts) throw failure
        restarts++
        this.#note = `${failure.message}; beginning anew`
        const pauseMs = this.#pauseMs?.(restarts) ?? 500 * 2 ** restarts
        await sleep(Math.max(pauseMs, (failure.retryAfterSeconds ?? 0) * 1_000), undefined, { signal })
      }
    }
  }

  /** Milliseconds since a byte moved last. */
  get idleMs(): number {
    return this.#now() - this.#movedTime
  }

  get progress(): TransferProgress {
    const bytesPerSecond = this.#meter.rate(this.#now(), this.#bytes)
    const left = this.#total === undefined ? undefined : this.#total - this.#bytes
    return {
      bytes: this.#bytes,
      total: this.#total,
      bytesPerSecond,
      secondsLeft: left === undefined || bytesPerSecond === 0 ? undefined : Math.ceil(left / bytesPerSecond),
      written: this.#written,
      digests: this.#digests,
      note: this.#note,
    }
  }

  async #attempt(signal: AbortSignal): Promise<void> {
    this.#bytes = this.#written = 0
    this.#meter = new RateMeter()
    this.#meter.record(this.#now(), 0)
    const attempt = new AbortController()
    const both = AbortSignal.any([signal, attempt.signal])
    const blocks = new Blocks(this.#blockBytes)
    const content = new WatchedStream(await primed(this.#content(both, blocks)))
    try {
      await this.#job.sink.write(content, {
        size: this.#size(),
        digests: () => (content.ended ? this.#digests : undefined),
        giveBack: (chunk) => blocks.giveBack(chunk),
        signal: both,
      })
      if (!content.ended) throw stoppedEarly()
    } catch (error) {
      // A stream that threw is why the sink gave up, not the other way round.
      if (content.failure !== undefined) throw content.failure.error
      throw signal.aborted ? error : new SinkLost(asFailure(error))
    } finally {
      attempt.abort(new TransferError('the attempt is over', { class: 'Internal', code: 'AttemptOver' }))
      await content.close()
    }
    this.#job.source.settled?.(undefined)
    this.#note = undefined
  }

  #content(signal: AbortSignal, blocks: Blocks): ByteStream {
    return checkedContent(this.#counted(signal), this.#job, blocks, {
      digest: (algorithms) => this.#contentDigests.begin(algorithms, this.#size()),
      onWritten: (bytes) => {
        this.#written += bytes
      },
      onChecked: (digests) => {
        this.#digests = digests
      },
    })
  }

  async *#counted(signal: AbortSignal): ByteStream {
    const stream = resumed(this.#job.source, {
      signal,
      pauseMs: this.#pauseMs,
      onTotal: (total) => this.#announced(total),
      onNote: (note) => {
        this.#note = note
      },
    })
    for await (const chunk of stream) {
      this.#note = undefined
      this.#bytes += chunk.length
      this.#movedTime = this.#now()
      this.#meter.record(this.#movedTime, this.#bytes)
      yield chunk
    }
  }

  /** Refuses a size that cannot be right before a byte is moved. */
  #announced(total: number): void {
    this.#total = total
    const { size, maxBytes, source, decompress = 'None' } = this.#job
    if (maxBytes !== undefined && total > maxBytes) throw tooLarge(source.name, maxBytes)
    if (decompress === 'None' && size !== undefined && total !== size) throw wrongSize(source.name, total, size)
  }

  #size(): number | undefined {
    return this.#job.size ?? ((this.#job.decompress ?? 'None') === 'None' ? this.#total : undefined)
  }
}

/** The sink failed, not the stream: its bytes are lost. */
class SinkLost extends Error {
  override readonly cause: Failure

  constructor(cause: Failure) {
    super(cause.message)
    this.cause = cause
  }
}

function stopped(): TransferError {
  return new TransferError('the transfer was stopped', { class: 'Waiting', code: 'TransferStopped' })
}

function stoppedEarly(): TransferError {
  return new TransferError('the receiver took only a part of the content', {
    class: 'Unavailable',
    code: 'SinkStoppedEarly',
  })
}
