import type { ByteStream, Source } from './source.ts'

export interface ReceiveOptions {
  /** Where the client says its bytes begin; must be the session's own offset. */
  offset: number
  /** The client's checksum of exactly these bytes: none of them counts unless it is right. */
  checksum?: { algorithm: 'sha1' | 'sha256' | 'sha512'; digest: Buffer } | undefined
}

/**
 * One object's upload: the client's side writes (`begin`, `receive`, `terminate`), the engine's side reads (`Source`).
 * Errors are `UploadError`s, which know their HTTP status.
 */
export interface UploadSession extends Source {
  /** Bytes that are acknowledged: a client goes on from here. */
  readonly offset: number
  /** Bytes altogether, once a client or the spec said it. */
  readonly length: number | undefined
  /** Why the offset went back to 0, where it did: told to clients. */
  readonly resetReason: string | undefined
  /** Begins anew with content of `length` bytes: what came before is dropped. */
  begin(length: number): Promise<void>
  /** Takes bytes as they come, one writer at a time; resolves to the new offset, also when the client went away. */
  receive(bytes: ByteStream, options: ReceiveOptions): Promise<number>
  /** Drops what came, as a client asked. */
  terminate(): Promise<void>
  /** Calls when bytes are there to be moved (or the session began anew): time to start a transfer. Returns an end. */
  subscribe(listener: () => void): () => void
}
