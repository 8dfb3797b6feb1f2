/** What waits and paces need of time; `realTiming` unless a test says otherwise. */
export interface Timing {
  /** Monotonic milliseconds. */
  now(): number
  /** Runs `callback` after `milliseconds`; returns how to call that off. */
  schedule(callback: () => void, milliseconds: number): () => void
}

export const realTiming: Timing = {
  now: () => performance.now(),
  schedule(callback, milliseconds) {
    const timer = setTimeout(callback, milliseconds)
    return () => clearTimeout(timer)
  },
}
