import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultAction } from './faults.ts'
import { REASONS, type Reply } from './http.ts'

const PIECES = 10

/** The answer of an injected status. */
export function statusReply(status: number, retryAfterSeconds?: number, body?: string): Reply {
  const headers: Record<string, string> = {}
  if (retryAfterSeconds !== undefined) headers['retry-after'] = String(retryAfterSeconds)
  return { status, headers, body: body ?? { message: `injected ${status}`, code: status, title: REASONS[status] } }
}

/** Writes the answer, whole or as the fault breaks it. */
export async function send(response: ServerResponse, reply: Reply, fault: FaultAction | undefined): Promise<void> {
  const { status, body } = reply
  const headers: Record<string, string> = { ...reply.headers }
  // As a real server, which will not read the rest of a body that it has refused.
  const { readableDidRead, readableEnded } = response.req
  if (readableDidRead && !readableEnded) headers['connection'] = 'close'
  const isText = typeof body === 'string' || Buffer.isBuffer(body)
  const bytes = Buffer.from(isText ? body : body === undefined ? '' : JSON.stringify(body))
  if (body !== undefined && !isText) headers['content-type'] ??= 'application/json'
  if (status !== 204) headers['content-length'] = String(bytes.length)
  response.writeHead(status, headers)
  if (fault?.type === 'TruncatedBody') {
    response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.destroy())
    return
  }
  if (fault?.type === 'SlowBody') {
    for (let piece = 0; piece < PIECES; piece++) {
      await sleep(fault.milliseconds / PIECES)
      const end = piece === PIECES - 1 ? bytes.length : Math.floor(((piece + 1) * bytes.length) / PIECES)
      response.write(bytes.subarray(Math.floor((piece * bytes.length) / PIECES), end))
    }
    response.end()
    return
  }
  response.end(bytes)
}
