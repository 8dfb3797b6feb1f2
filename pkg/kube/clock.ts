/** Monotonic time and timers, injected so that tests need not wait. */
export interface Clock {
  /** Milliseconds since some fixed moment; never jumps back. Not a time of day. */
  now(): number
  /** Calls back once after `ms`; returns what cancels it. */
  timer(callback: () => void, ms: number): () => void
}

/** The process's monotonic clock. Its timers keep the process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  timer(callback, ms) {
    const handle = setTimeout(callback, ms)
    return () => clearTimeout(handle)
  },
}
