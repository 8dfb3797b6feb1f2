/** Lets several wait for the next change of something. */
export class Changes {
  #waiting: (() => void)[] = []

  /** Wakes all who wait. */
  notify(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }

  /** Resolves at the next change, or after `timeoutMs` (false then). Throws the signal's reason when that aborts. */
  wait({ signal, timeoutMs }: { signal?: AbortSignal; timeoutMs?: number } = {}): Promise<boolean> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const changed = () => end(() => resolve(true))
      const aborted = () => end(() => reject(signal?.reason))
      const timeout = timeoutMs === undefined ? undefined : setTimeout(() => end(() => resolve(false)), timeoutMs)
      const end = (settle: () => void) => {
        clearTimeout(timeout)
        signal?.removeEventListener('abort', aborted)
        const index = this.#waiting.indexOf(changed)
        if (index >= 0) this.#waiting.splice(index, 1)
        settle()
      }
      signal?.addEventListener('abort', aborted)
      this.#waiting.push(changed)
    })
  }
}
