import { neverArrived } from './connection-errors.ts'
import { OpenStackError } from './errors.ts'
import type { OpenStackAnswer, OpenStackRequest, VersionedRequester } from './request.ts'

/**
 * A call that must not be repeated may have had its effect: its answer was lost, or said that something broke half way
 * (500 is what racing resizes get). Class `UnknownOutcome`. What to do: nothing before `mayActUntil`, then look.
 */
export class LostAnswer extends OpenStackError {
  /** Milliseconds since the epoch: when the request went out, by our own clock. */
  readonly sentAt: number
  /** Milliseconds since the epoch: until then the request may still be on its way or at work. */
  readonly mayActUntil: number

  constructor(cause: OpenStackError, sentAt: number, timeoutMs: number) {
    const { service, method, path, status, requestId } = cause
    super(`it is not known whether the cloud did what it was asked for: ${cause.message}`, {
      class: 'UnknownOutcome',
      code: 'AnswerLost',
      service,
      method,
      path,
      status,
      requestId,
      cause,
    })
    this.sentAt = sentAt
    this.mayActUntil = sentAt + timeoutMs
  }
}

/**
 * Sends a request that must not be sent twice. Throws `LostAnswer` where it may have arrived and nobody said how it
 * ended; any other `Failure` means that it had no effect. A signal that is aborted meanwhile throws its own reason, and
 * leaves the outcome just as unknown: record the intent before.
 */
export async function sendOnce(session: VersionedRequester, request: OpenStackRequest): Promise<OpenStackAnswer> {
  let sentAt: number | undefined
  const onSend = (at: number) => {
    sentAt = at
  }
  try {
    return await session.request({ ...request, idempotent: false, onSend })
  } catch (error) {
    if (sentAt === undefined || !(error instanceof OpenStackError) || !isUncertain(error)) throw error
    throw new LostAnswer(error, sentAt, request.timeoutMs ?? session.requestTimeoutMs)
  }
}

/** An answer below 500 is one; 501 says that there is no such thing. Without an answer all depends on how far it came. */
function isUncertain(error: OpenStackError): boolean {
  if (error.status === undefined) return error.class === 'Unavailable' && !neverArrived(error)
  return error.code === 'InvalidAnswer' || (error.status >= 500 && error.status !== 501)
}
