import type { Failure } from '../failure/failure.ts'
import type { DiskFormat } from './disk-format.ts'
import type { Sink } from './sink.ts'
import type { Source } from './source.ts'

/** Hash algorithms as the API names them. MD5 finds accidents only: whoever asks for it deserves a warning. */
export type ChecksumAlgorithm = 'SHA512' | 'SHA256' | 'MD5'

/** Hex digests of the content. */
export type Digests = Partial<Record<ChecksumAlgorithm, string>>

export interface Checksum {
  algorithm: ChecksumAlgorithm
  /** Hex, any case. */
  value: string
}

/** How the source's bytes are packed. Never guessed: `None` takes them as they are. */
export type Decompress = 'None' | 'Gzip' | 'Xz'

/** One piece of work for `Transfers`. */
export interface TransferJob {
  source: Source
  sink: Sink
  /** Of the source's bytes as they are published, before decompression. Checked before the content is usable. */
  checksum?: Checksum | undefined
  /** Default `None`. */
  decompress?: Decompress | undefined
  /** What the (decompressed) content must be; checked by its first 64 KiB before the sink is touched. */
  format?: DiskFormat | undefined
  /** Exact size in bytes of what the sink gets, where it is promised. */
  size?: number | undefined
  /** The most bytes to take, before and after decompression; a source that goes on is refused. */
  maxBytes?: number | undefined
  /** Ends the transfer: the object is gone, the shard is lost, the operator stops. */
  signal: AbortSignal
}

/** What is known of a transfer now. */
export interface TransferProgress {
  /** Bytes of the source so far, in this attempt: smaller again after the sink lost its bytes. */
  bytes: number
  /** Bytes of the source altogether, where known. */
  total?: number | undefined
  /** Mean of the last seconds; 0 while nothing moves. */
  bytesPerSecond: number
  /** At this rate, where rate and total are known. */
  secondsLeft?: number | undefined
  /** Bytes given to the sink: the content's size once succeeded. */
  written: number
  /**
   * Digests of what the sink got last (SHA-512 always); present once a last byte was given to it, even if it failed
   * afterwards: it may have everything.
   */
  digests?: Digests | undefined
  /** Why it does not move just now, one sentence: a lost connection, an absent client, a sink that lost its bytes. */
  note?: string | undefined
}

/** Queued: waits for its turn. Running: moves bytes, or waits for its source. */
export type TransferState = TransferProgress &
  ({ state: 'Queued' | 'Running' | 'Succeeded'; failure?: undefined } | { state: 'Failed'; failure: Failure })
