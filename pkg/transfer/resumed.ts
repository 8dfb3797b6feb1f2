import { setTimeout as sleep } from 'node:timers/promises'
import { asFailure, type Failure } from '../failure/failure.ts'
import type { ByteStream, Source } from './source.ts'
import { TransferError } from './transfer-error.ts'

export interface ResumeOptions {
  signal: AbortSignal
  /** Lost connections in a row, without a byte between them, before giving up. Default 5. */
  attempts?: number | undefined
  /** Milliseconds to wait before the nth attempt in a row (from 1). Default 1, 2, 4, 8, 16 s. */
  pauseMs?: ((attempt: number) => number) | undefined
  /** Called with the total size, as soon as the source tells it. */
  onTotal?: ((total: number) => void) | undefined
  /** Called when the connection is lost, with what to say about it, and with undefined when bytes come again. */
  onNote?: ((note: string | undefined) => void) | undefined
}

/**
 * One stream of the source's whole content over as many connections as it takes. What fails before the first byte is
 * thrown at once: nothing is lost by trying again later.
 */
export async function* resumed(source: Source, options: ResumeOptions): ByteStream {
  const { signal, attempts = 5, pauseMs = (attempt) => 500 * 2 ** attempt, onTotal, onNote } = options
  let offset = 0
  let total: number | undefined
  let validator: string | undefined
  let lost = 0
  for (;;) {
    try {
      const opened = await source.open({ offset, validator, signal })
      total ??= opened.total
      validator ??= opened.validator
      if (opened.total !== undefined && opened.total !== total) throw sourceChanged(source.name)
      if (total !== undefined && offset === 0) onTotal?.(total)
      for await (const chunk of opened.stream) {
        if (chunk.length === 0) continue
        offset += chunk.length
        if (total !== undefined && offset > total) throw tooLong(source.name, total)
        if (lost > 0) onNote?.(undefined)
        lost = 0
        yield chunk
      }
      if (total === undefined || offset === total) return
      throw endedEarly(source.name, offset, total)
    } catch (error) {
      if (signal.aborted) throw signal.reason
      const failure = asFailure(error)
      // The connection was lost, but nothing with it.
      if (offset === total && passes(failure)) return
      if (offset === 0 || !passes(failure) || lost >= attempts) throw withProgress(failure, offset, total)
      lost++
      onNote?.(`${failure.message}; going on at byte ${offset}`)
      await sleep(Math.max(pauseMs(lost), (failure.retryAfterSeconds ?? 0) * 1_000), undefined, { signal })
    }
  }
}

/** The content is not what it was when the transfer began: only beginning anew helps. */
export function sourceChanged(name: string): TransferError {
  return new TransferError(`${name} changed while it was being read`, { class: 'Unavailable', code: 'SourceChanged' })
}

/** The content ends here, whatever was announced: only beginning anew could show more. */
export function endedAt(name: string, offset: number): TransferError {
  return new TransferError(`${name} has only ${offset} bytes`, { class: 'Unavailable', code: 'SourceChanged' })
}

/** Says how far it came, so that a file that is shorter than announced can be told from a lost connection. */
function withProgress(failure: Failure, offset: number, total: number | undefined): Failure {
  if (failure.class !== 'Unavailable' || offset === 0 || total === undefined || offset > total) return failure
  const { class: failureClass, code, status, retryAfterSeconds } = failure
  const message = `${failure.message}, after ${offset} of the ${total} bytes that were announced`
  return new TransferError(message, { class: failureClass, code, status, retryAfterSeconds, cause: failure })
}

function tooLong(name: string, total: number): TransferError {
  return new TransferError(`${name} goes on after the ${total} bytes that it announced`, {
    class: 'Unavailable',
    code: 'SourceTooLong',
  })
}

function endedEarly(name: string, offset: number, total: number): TransferError {
  return new TransferError(`${name} ended after ${offset} of ${total} bytes`, {
    class: 'Unavailable',
    code: 'SourceEndedEarly',
  })
}

function passes(failure: Failure): boolean {
  if (failure.code === 'SourceChanged' || failure.code === 'SourceTooLong') return false
  return failure.class === 'Unavailable' || (failure.class === 'Throttled' && (failure.retryAfterSeconds ?? 0) <= 30)
}
