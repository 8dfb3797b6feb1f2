/**
 * Runs `probe` until it returns something other than `undefined` or `false`, and returns that. A probe that throws
 * counts as "not yet"; its last error is the cause of the final one.
 */
export async function eventually<T>(
  what: string,
  probe: () => T | Promise<T>,
  { timeoutMs = 30_000, intervalMs = 25 }: { timeoutMs?: number; intervalMs?: number } = {},
): Promise<Exclude<T, undefined | false>> {
  const deadline = performance.now() + timeoutMs
  let last: unknown
  do {
    try {
      const value = await probe()
      if (value !== undefined && value !== false) return value as Exclude<T, undefined | false>
      last = undefined
    } catch (error) {
      last = error
    }
    await new Promise((resolve) => setTimeout(resolve, intervalMs))
  } while (performance.now() < deadline)
  throw new Error(`not within ${timeoutMs} ms: ${what}`, { cause: last })
}
