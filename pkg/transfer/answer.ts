import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { TUS_VERSION } from './tus.ts'
import type { UploadError } from './upload-error.ts'

/** How long, in milliseconds, a client may go on sending after it was refused, so that it reads the refusal. */
const LINGER_MS = 2_000

/** Answers without a body. */
export function answer(response: ServerResponse, status: number, headers: OutgoingHttpHeaders = {}): void {
  response.writeHead(status, { 'tus-resumable': TUS_VERSION, 'cache-control': 'no-store', ...headers }).end()
}

/** Answers with the reason and a message as JSON. A client that is in the middle of sending gets to read it. */
export async function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  error: UploadError,
  extra: OutgoingHttpHeaders = {},
): Promise<void> {
  if (response.headersSent || response.destroyed) return
  const body = Buffer.from(`${JSON.stringify({ reason: error.code, message: error.message })}\n`)
  const unread = hasBody(request) && !request.complete
  const headers: OutgoingHttpHeaders = {
    'tus-resumable': TUS_VERSION,
    'cache-control': 'no-store',
    'content-type': 'application/json',
    'content-length': body.length,
    ...extra,
  }
  if (error.retryAfterSeconds !== undefined) headers['retry-after'] = String(error.retryAfterSeconds)
  if (unread) headers['connection'] = 'close'
  response.writeHead(error.status, headers)
  if (request.method !== 'HEAD') response.write(body)
  // A socket that is closed with unread bytes in it is reset, and the answer may be lost with it.
  if (unread) await Promise.race([drained(request), sleep(LINGER_MS, undefined, { ref: false })])
  response.end()
}

/** Whether the request announces a body. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

async function drained(request: IncomingMessage): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => resolve()
    request.once('end', done).once('close', done).once('error', done)
    request.resume()
  })
}
