import { Worker } from 'node:worker_threads'
import type { ContentDigest } from './content-digest.ts'
import type { ChecksumAlgorithm, Digests } from './transfer.ts'

/** What `digest-worker.js` is asked for, about one of its digests. Each order gets one answer, in turn: digests to `Tell`. */
export interface DigestOrder {
  type: 'Begin' | 'Update' | 'Tell' | 'Forget'
  id: number
  /** To `Begin`. */
  algorithms?: readonly ChecksumAlgorithm[]
  /** To `Update`. */
  chunk?: Uint8Array
}

interface Question {
  resolve: (answer: Digests | undefined) => void
  reject: (error: Error) => void
}

/** A thread that hashes, from its first digest to the close of the last one. It shares the memory of chunks in `Blocks`. */
export class DigestThread {
  readonly #worker = new Worker(new URL('./digest-worker.js', import.meta.url))
  /** Answers come in the order of the questions. */
  readonly #questions: Question[] = []
  readonly #digests = new Set<number>()
  #lastId = 0
  #failure: Error | undefined

  constructor() {
    this.#worker.on('message', (answer?: Digests) => this.#questions.shift()?.resolve(answer))
    this.#worker.on('error', (error: Error) => this.#end(error))
    this.#worker.on('exit', () => this.#end(new Error('the thread that hashes has ended')))
    // A transfer keeps no process alive.
    this.#worker.unref()
  }

  /** Whether it takes more digests. */
  get open(): boolean {
    return this.#failure === undefined
  }

  begin(algorithms: readonly ChecksumAlgorithm[]): ContentDigest {
    const id = ++this.#lastId
    this.#digests.add(id)
    this.#ask({ type: 'Begin', id, algorithms }).catch(() => {})
    return {
      update: async (chunk) => void (await this.#ask({ type: 'Update', id, chunk })),
      digests: async () => (await this.#ask({ type: 'Tell', id })) ?? {},
      close: () => this.#close(id),
    }
  }

  async #close(id: number): Promise<void> {
    if (!this.#digests.delete(id)) return
    if (this.#digests.size > 0) return void this.#ask({ type: 'Forget', id }).catch(() => {})
    this.#end(new Error('the thread that hashes was let go'))
    await this.#worker.terminate()
  }

  #ask(order: DigestOrder): Promise<Digests | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure)
      this.#questions.push({ resolve, reject })
      this.#worker.postMessage(order)
    })
  }

  #end(error: Error): void {
    this.#failure ??= error
    for (const { reject } of this.#questions.splice(0)) reject(this.#failure)
  }
}
