/**
 * A signal that is aborted with the first of several, until it is disposed of (`using`). Unlike `AbortSignal.any` it
 * leaves nothing behind on signals that live as long as the process: listeners that nobody removed would.
 */
export class LinkedSignal implements Disposable {
  readonly #controller = new AbortController()
  readonly #sources: readonly AbortSignal[]

  constructor(sources: readonly (AbortSignal | undefined)[]) {
    this.#sources = sources.filter((source) => source !== undefined)
    for (const source of this.#sources) {
      if (source.aborted) this.abort(source.reason)
      else source.addEventListener('abort', this.#onAbort)
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Aborts this signal only. */
  abort(reason: unknown): void {
    this.#controller.abort(reason)
  }

  [Symbol.dispose](): void {
    for (const source of this.#sources) source.removeEventListener('abort', this.#onAbort)
  }

  readonly #onAbort = (event: Event): void => this.abort((event.target as AbortSignal).reason)
}
