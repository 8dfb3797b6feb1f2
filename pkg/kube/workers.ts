import type { WorkQueue } from './queue.ts'
import { splitKey } from './resource.ts'

/** Takes keys from a queue and works on a number of them at a time. */
export class Workers {
  readonly #queue: WorkQueue
  readonly #count: number
  readonly #work: (key: string, signal: AbortSignal) => Promise<void>
  readonly #running = new Map<string, Promise<void>>()

  /** `work` must not throw: what fails is its own to tell and to put back. */
  constructor(queue: WorkQueue, count: number, work: (key: string, signal: AbortSignal) => Promise<void>) {
    this.#queue = queue
    this.#count = count
    this.#work = work
  }

  /** Works until the signal is aborted; resolves when the last work has ended. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(Array.from({ length: this.#count }, () => this.#takeAndWork(signal)))
    this.#queue.close()
  }

  /** Resolves when nothing is under way for such namespaces: what is left of work whose signal was aborted. */
  async drained(concerns: (namespace: string) => boolean): Promise<void> {
    const running = [...this.#running].filter(([key]) => concerns(splitKey(key).namespace))
    await Promise.all(running.map(([, ended]) => ended))
  }

  async #takeAndWork(signal: AbortSignal): Promise<void> {
    for (;;) {
      const key = await this.#queue.take(signal)
      if (key === undefined) return
      const ended = this.#work(key, signal)
      this.#running.set(key, ended)
      await ended
      this.#running.delete(key)
      this.#queue.done(key)
    }
  }
}
