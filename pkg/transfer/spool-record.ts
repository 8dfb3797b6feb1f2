import { readFile } from 'node:fs/promises'

/** What is on record of an upload at `path` (without ending): `<path>.json` and `<path>.offset`. */
export interface SpoolRecord {
  /** Bytes altogether, once begun. */
  length: number | undefined
  /** Bytes that were acknowledged. */
  recorded: number
}

/** What was recorded last, by whoever did; nothing where there are no such files. */
export async function spoolRecord(path: string): Promise<SpoolRecord> {
  const { length } = JSON.parse((await textOf(`${path}.json`)) || '{}') as { length?: unknown }
  const recorded = Number((await textOf(`${path}.offset`)).trim() || '0')
  return {
    length: typeof length === 'number' ? length : undefined,
    recorded: Number.isSafeInteger(recorded) ? recorded : 0,
  }
}

/** Bytes that are still to come of the upload at `path`, whoever takes them. */
export async function missingBytes(path: string): Promise<number> {
  const { length = 0, recorded } = await spoolRecord(path)
  return Math.max(0, length - recorded)
}

/** An offset as it is recorded. A fixed width in one sector: never half old, half new. */
export function offsetLine(offset: number): string {
  return `${String(offset).padStart(20)}\n`
}

/** Empty where there is no such file. */
async function textOf(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
}
