import type { Failure } from '../failure/failure.ts'
import type { ByteStore } from './byte-store.ts'
import { Changes } from './changes.ts'
import { type RequestChecksum, store, storeChecked } from './received-bytes.ts'
import type { ByteStream, OpenedSource, OpenOptions, Source } from './source.ts'
import { TransferError } from './transfer-error.ts'
import { UploadError } from './upload-error.ts'
import { checkLength } from './upload-length.ts'
import { refusal, UploadOutcome, uploadReset } from './upload-outcome.ts'
import { WriterLock } from './writer-lock.ts'

export interface ReceiveOptions {
  /** Where the client says its bytes begin; must be the session's own offset. */
  offset: number
  /** The client's checksum of exactly these bytes: none of them counts unless it is right. */
  checksum?: RequestChecksum | undefined
  /** Bytes that the client announced, if it did. */
  announced?: number | undefined
  /** Ends the bytes, when another request takes over from a silent one. */
  cut?: (() => void) | undefined
}

export interface UploadSessionOptions {
  /** `namespace/name` of the object. */
  name: string
  store: ByteStore
  /** Bytes that the object's spec promises, where it does. */
  size?: number | undefined
  /** The most bytes that the object accepts. */
  maxBytes?: number | undefined
  /** How long the answer to the last bytes waits, in milliseconds, for the cloud to have everything. Default 30,000. */
  deliveryTimeoutMs?: number | undefined
}

/**
 * One object's upload: the client's side writes (`begin`, `receive`, `terminate`), the engine's side reads (`Source`).
 * What a client may not do throws `UploadError`.
 */
export class UploadSession implements Source {
  readonly name: string
  readonly #store: ByteStore
  readonly #size: number | undefined
  readonly #maxBytes: number | undefined
  readonly #deliveryTimeoutMs: number
  readonly #lock = new WriterLock()
  readonly #changes = new Changes()
  readonly #outcome = new UploadOutcome()
  readonly #listeners = new Set<() => void>()
  #beginning: Promise<void> | undefined
  #ready = false

  constructor({ name, store, size, maxBytes, deliveryTimeoutMs = 30_000 }: UploadSessionOptions) {
    this.name = `the upload of ${name}`
    this.#store = store
    this.#size = size
    this.#maxBytes = maxBytes
    this.#deliveryTimeoutMs = deliveryTimeoutMs
    this.#ready = store.offset > 0
  }

  /** Bytes that are acknowledged: a client goes on from here. */
  get offset(): number {
    return this.#store.offset
  }

  /** Bytes altogether, once a client or the spec said it. */
  get length(): number | undefined {
    return this.#store.length ?? this.#size
  }

  /** Whether a client has come, so that a transfer has something to do. */
  get ready(): boolean {
    return this.#ready
  }

  /** Why the content was refused for good, until a client begins anew. */
  get rejection(): Failure | undefined {
    return this.#outcome.rejection
  }

  /** Why the offset went back to 0 by itself, where it did: told to clients. */
  get resetReason(): string | undefined {
    return this.#outcome.resetReason
  }

  /** Begins anew with content of `length` bytes: what came before is dropped. */
  async begin(length: number): Promise<void> {
    this.#outcome.checkOpen()
    checkLength(length, { size: this.#size, maxBytes: this.#maxBytes })
    await this.#store.begin(length)
    this.#outcome.forget()
    this.#wake()
  }

  /**
   * Takes bytes as they come and resolves to the new offset. A client that goes away is no error: what arrived
   * counts. Where nothing is kept, the answer to the last bytes waits until the cloud has everything.
   */
  async receive(
    bytes: ByteStream,
    { offset, announced = 0, checksum, cut = () => {} }: ReceiveOptions,
  ): Promise<number> {
    return this.#lock.hold(bytes, cut, async (held) => {
      await this.#expect(offset)
      this.#checkEnd(offset + announced)
      this.#wake()
      const writer = this.#store.writer()
      const start = this.offset
      const checkSize = (size: number) => this.#checkEnd(start + size)
      if (checksum === undefined) await store(held, writer, checkSize)
      else await storeChecked(held, writer, checkSize, checksum)
      if (!this.#store.durable && this.offset === this.length) await this.#delivery()
      return this.offset
    })
  }

  /** Drops what came, as a client asked. */
  async terminate(): Promise<void> {
    this.#outcome.checkOpen()
    if (this.length !== undefined) await this.#store.begin(this.length)
    this.#ready = false
  }

  /** Calls when a client comes or begins anew: time to start a transfer if there is none. Returns the unsubscription. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  async open({ offset, signal }: OpenOptions): Promise<OpenedSource> {
    this.#outcome.begin()
    while (this.length === undefined) await this.#changes.wait({ signal })
    await this.#beginUnasked(this.length)
    // An earlier transfer took bytes that nobody else has.
    if (!this.#store.durable && this.offset > 0) this.settled(takenBefore())
    return { stream: this.#store.read(offset, signal), total: this.length }
  }

  settled(failure: Failure | undefined): void {
    this.#outcome.settled(failure, !this.#store.durable && this.offset > 0)
    if (failure !== undefined) {
      this.#ready = this.#store.durable && this.rejection === undefined && this.offset > 0
      this.#store.lost(refusal(failure))
    }
    this.#changes.notify()
  }

  /** Lets go; what is durable stays for the next life. */
  async close(): Promise<void> {
    await this.#store.close()
    this.#changes.notify()
  }

  /** Where the spec says the size, nobody has to begin: whoever is first, client or transfer, does it for both. */
  async #beginUnasked(length: number): Promise<void> {
    if (this.#store.length !== undefined) return
    this.#beginning ??= this.#store.begin(length).finally(() => {
      this.#beginning = undefined
    })
    await this.#beginning
  }

  async #expect(offset: number): Promise<void> {
    this.#outcome.checkOpen()
    this.#outcome.checkAccepted()
    const { length } = this
    if (length === undefined) throw new UploadError(404, 'NotBegun', 'nothing was begun here: POST comes first')
    await this.#beginUnasked(length)
    if (offset === this.offset) return
    throw new UploadError(409, 'OffsetMismatch', `the upload is at byte ${this.offset}, but byte ${offset} was sent`)
  }

  #checkEnd(end: number): void {
    if (end <= (this.length ?? 0)) return
    throw new UploadError(413, 'TooManyBytes', `more than the ${this.length} bytes of the upload were sent`)
  }

  async #delivery(): Promise<void> {
    const deadline = performance.now() + this.#deliveryTimeoutMs
    const outcome = this.#outcome
    while (!outcome.delivered && this.offset === this.length && outcome.rejection === undefined) {
      if (!(await this.#changes.wait({ timeoutMs: Math.max(0, deadline - performance.now()) }))) return
    }
    outcome.checkAccepted()
    if (!outcome.delivered) throw uploadReset(outcome.resetReason)
  }

  #wake(): void {
    this.#changes.notify()
    if (this.#ready) return
    this.#ready = true
    for (const listener of this.#listeners) listener()
  }
}

function takenBefore(): TransferError {
  return new TransferError('the transfer began anew', { class: 'Unavailable', code: 'SourceChanged' })
}
