import type { Readable } from 'node:stream'
import type { Classify } from './errors.ts'
import type { MicroversionWish } from './microversion.ts'

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** Values of a query; `undefined` is left out, a list is repeated. */
export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

/**
 * A body that is streamed; it is read at most once. When a chunk is asked for, the one before has left the process if it
 * had at least 64 KiB: its memory may be used again. A smaller one may still wait in the connection.
 */
export type StreamBody = Readable | AsyncIterable<Uint8Array>

/** One call to a service of the cloud. */
export interface OpenStackRequest {
  /** Type in the catalogue, or an alias of it: `image`, `compute`, `block-storage`, `identity`, … */
  service: string
  method: Method
  /** Below the versioned endpoint: `/images`, `/limits`. */
  path: string
  query?: Query | undefined
  headers?: Readonly<Record<string, string>> | undefined
  /** Sent as JSON; exclusive with `stream`. */
  json?: unknown
  /** Media type of `json`, where it is not `application/json`. */
  contentType?: string | undefined
  stream?: StreamBody | undefined
  /** Bytes of `stream`: sent as Content-Length; without it the body is chunked. */
  size?: number | undefined
  /** Statuses ≥ 300 that are answers, not errors. */
  accept?: readonly number[] | undefined
  /** What other statuses mean for this call. */
  classify?: Classify | undefined
  /** Microversion of the service for this call: `2.93`. */
  microversion?: string | undefined
  /** Whether the call may be sent again after a reset connection. Default: GET and HEAD. */
  idempotent?: boolean | undefined
  /** Milliseconds for the whole call. Default 120,000; none for a stream. */
  timeoutMs?: number | undefined
  /** Told (milliseconds since the epoch) right before the call goes out, each time that it does; must not throw. */
  onSend?: ((at: number) => void) | undefined
  signal?: AbortSignal | undefined
}

export interface OpenStackAnswer {
  status: number
  /** Names in lower case; repeated ones joined by `, `. */
  headers: Readonly<Record<string, string>>
  /** Decoded JSON; `undefined` for an empty body or another media type. */
  body: unknown
  /** The service's own request id: what its logs hold. */
  requestId: string | undefined
}

/** What services are built on; `Session` is the real one. */
export interface Requester {
  request(request: OpenStackRequest): Promise<OpenStackAnswer>
}

/** What services with microversions are built on; `Session` is the real one. */
export interface VersionedRequester extends Requester {
  /** Milliseconds after which a call is given up. */
  readonly requestTimeoutMs: number
  /** The microversion to ask for; throws `Refused`, `MicroversionTooOld`, naming what the cloud lacks. */
  microversion(service: string, wish: MicroversionWish, signal?: AbortSignal): Promise<string>
}
