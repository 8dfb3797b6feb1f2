import type { Failure } from '../failure/failure.ts'

/** Bytes as they are pulled: whoever iterates sets the pace (backpressure). Breaking off releases what is behind. */
export type ByteStream = AsyncIterable<Uint8Array>

/** Where to begin, and of what. */
export interface OpenOptions {
  /** First byte wanted, counted in the source's own bytes (before any decompression). */
  offset: number
  /** What `open` said of the content before: a source that cannot prove it is unchanged throws `SourceChanged`. */
  validator?: string | undefined
  /** Ends the wait for the source, and the stream: both then throw at once. */
  signal: AbortSignal
}

export interface OpenedSource {
  /**
   * The bytes from `offset` on. Throws a `Failure` when they cannot be had. A chunk is lent until the next one is asked
   * for: whoever keeps it longer makes a copy.
   */
  stream: ByteStream
  /** Size of the whole content in bytes, from byte 0, where the source knows it. */
  total?: number | undefined
  /** Names this very content (ETag, …), to be given back to `open` when the stream is resumed. */
  validator?: string | undefined
}

/** Where bytes come from: a URL, an upload, a file. */
export interface Source {
  /** What it is, for messages: no secrets, no query strings. */
  readonly name: string
  /** False while it waits for somebody to come: such a transfer takes no place among those that move bytes. */
  readonly ready?: boolean
  /** Opens the bytes from `offset` on. May wait (for a client) until there are any. */
  open(options: OpenOptions): Promise<OpenedSource>
  /**
   * Told after each attempt how it ended: without a failure, the sink has everything. With one, the sink has nothing,
   * and the bytes are wanted again from 0, at once or at some later `open`.
   */
  settled?(failure: Failure | undefined): void
}
