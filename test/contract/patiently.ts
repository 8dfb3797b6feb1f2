import { eventually } from '../support/eventually.ts'

/** Waits for what a real cloud does in its own time; one that shares its machine takes several times as long. */
export function patiently<T>(what: string, probe: () => T | Promise<T>): Promise<Exclude<T, undefined | false>> {
  return eventually(what, probe, { timeoutMs: 120_000, intervalMs: 100 })
}
