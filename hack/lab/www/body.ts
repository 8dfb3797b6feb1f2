import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { createGzip } from 'node:zlib'
import { type Content, chunksOf } from './content.ts'
import type { Fault } from './fault.ts'
import type { ByteRange } from './range.ts'

/** How long one piece takes at a limited rate: short enough for the rate to look steady. */
const TICK_MS = 20

/**
 * Sends the body as the fault wants it, no faster than the client reads, and ends or breaks the connection. Returns
 * when that is done or the client went away. `sent` is told how many bytes were handed over.
 */
export async function sendBody(
  response: ServerResponse,
  content: Content,
  range: ByteRange,
  fault: Fault,
  sent: (bytes: number) => void,
): Promise<void> {
  response.flushHeaders()
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  let total = 0
  try {
    for await (const piece of pieces(content, range, fault)) {
      const allowed = piece.subarray(0, Math.min(piece.length, limitOf(fault) - total))
      total += allowed.length
      sent(allowed.length)
      if (allowed.length > 0) await write(response, allowed, gone.signal)
      if (total >= limitOf(fault)) break
      if (fault.bytesPerSecond) await pause((1000 * allowed.length) / fault.bytesPerSecond, undefined, gone)
      gone.signal.throwIfAborted()
    }
    await finish(response, fault, total, gone.signal)
  } catch (error) {
    if (!gone.signal.aborted) throw error
  }
}

/** Resolves when the kernel has taken the bytes: a reset that follows does not throw them away. */
function write(response: ServerResponse, bytes: Uint8Array, gone: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(gone.reason)
    if (gone.aborted) leave()
    gone.addEventListener('abort', leave, { once: true })
    response.write(bytes, () => {
      gone.removeEventListener('abort', leave)
      resolve()
    })
  })
}

/** How many bytes may be sent before the fault strikes. */
function limitOf(fault: Fault): number {
  return Math.min(fault.cutAfter ?? Number.POSITIVE_INFINITY, fault.stallAfter ?? Number.POSITIVE_INFINITY)
}

async function finish(response: ServerResponse, fault: Fault, total: number, gone: AbortSignal): Promise<void> {
  if (fault.stallAfter !== undefined && total >= fault.stallAfter) return
  if (fault.cutAfter !== undefined && total >= fault.cutAfter) {
    await pause(TICK_MS, undefined, { signal: gone })
    response.socket?.resetAndDestroy()
  } else if (fault.lengthOff !== undefined) {
    response.socket?.end()
  } else {
    response.end()
  }
}

async function* pieces(content: Content, range: ByteRange, fault: Fault): AsyncGenerator<Uint8Array> {
  const whole = function* () {
    do yield* chunksOf(content, range.start, range.end)
    while (fault.endless)
  }
  const source = fault.gzip ? gzipped(whole()) : whole()
  const most = fault.bytesPerSecond
    ? Math.max(1, Math.ceil((fault.bytesPerSecond * TICK_MS) / 1000))
    : Number.POSITIVE_INFINITY
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; at += most) yield chunk.subarray(at, Math.min(chunk.length, at + most))
  }
}

async function* gzipped(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gzip = createGzip()
  const feeding = (async () => {
    for (const chunk of chunks) if (!gzip.write(chunk)) await once(gzip, 'drain')
    gzip.end()
  })()
  try {
    for await (const chunk of gzip) yield chunk as Uint8Array
    await feeding
  } finally {
    gzip.destroy()
    await feeding.catch(() => {})
  }
}
