import type { ByteStream } from './source.ts'

/** Where an upload's bytes are between the client's PATCH and the transfer that reads them. */
export interface ByteStore {
  /** Whether acknowledged bytes survive a lost sink and a restart of the operator. */
  readonly durable: boolean
  /** Bytes altogether, once begun. */
  readonly length: number | undefined
  /** Bytes that are acknowledged. */
  readonly offset: number
  /** Forgets everything; content of `length` bytes is to come. Readers throw `SourceChanged`. */
  begin(length: number): Promise<void>
  /** Writes at the end, until the content begins anew or is lost: the writer's calls then throw the reason. */
  writer(): ByteWriter
  /** The bytes from `offset` to the last, as they come. A chunk is lent until the next one is asked for. */
  read(offset: number, signal: AbortSignal): ByteStream
  /** The reader's side lost what it took: where nothing is kept, writers throw `reason`. */
  lost(reason: Error): void
  /** Lets go of files and of whoever waits. What is durable stays. */
  close(): Promise<void>
}

/** One client's hand on a store. */
export interface ByteWriter {
  /** Takes bytes at the end. May wait: for a disk, for a reader. Once it resolves, the chunk's memory is needed no more. */
  append(chunk: Uint8Array): Promise<void>
  /** Acknowledges everything appended. */
  commit(): Promise<void>
}
