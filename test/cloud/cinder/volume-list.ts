import { isSame } from '../collation.ts'
import { type Call, HttpError } from '../http.ts'
import type { Volume, VolumeState } from './volume-state.ts'
import type { Caller } from './volumes.ts'

/** Cinder's `osapi_max_limit`. */
const MOST = 1000

/** One page of the volumes that a list asks for, newest first, and the query of the next. */
export function volumePage(
  state: VolumeState,
  call: Call,
  caller: Caller,
): { page: Volume[]; next: URLSearchParams | undefined } {
  const { query } = call
  const isAll = caller.isAdmin && /^(1|true)$/i.test(query.get('all_tenants') ?? '')
  const project = isAll ? query.get('project_id') : caller.projectId
  const matching = state.volumes
    .filter((volume) => project === null || volume.projectId === project)
    .filter((volume) => ['name', 'status'].every((name) => hasField(volume, name, query.get(name))))
    .filter((volume) => hasMetadata(volume, query.get('metadata')))
    .toReversed()
  const limit = Math.min(limitOf(query), MOST)
  const page = matching.slice(startOf(matching, query.get('marker')))
  if (page.length <= limit) return { page, next: undefined }
  const shown = page.slice(0, limit)
  const next = new URLSearchParams(query)
  next.set('marker', shown.at(-1)?.id ?? '')
  return { page: shown, next: query.has('limit') || limit === MOST ? next : undefined }
}

function hasField(volume: Volume, name: string, wanted: string | null): boolean {
  return wanted === null || isSame(volume[name as 'name' | 'status'] ?? '', wanted)
}

/** Written as Python writes a dictionary: `{'key': 'value'}`. */
function hasMetadata({ metadata }: Volume, wanted: string | null): boolean {
  const pairs = [...(wanted ?? '').matchAll(/['"]([^'"]*)['"]\s*:\s*['"]([^'"]*)['"]/g)]
  return pairs.every(([, key = '', value]) => metadata[key] === value)
}

function limitOf(query: URLSearchParams): number {
  const text = query.get('limit')
  if (text === null) return MOST
  if (!/^\d+$/.test(text)) throw new HttpError(400, 'limit param must be an integer')
  return Number(text)
}

function startOf(volumes: readonly Volume[], marker: string | null): number {
  if (marker === null) return 0
  const index = volumes.findIndex(({ id }) => id === marker)
  if (index < 0) throw new HttpError(404, `Volume ${marker} could not be found.`)
  return index + 1
}
