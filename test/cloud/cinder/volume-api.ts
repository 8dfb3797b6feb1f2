import { type Call, HttpError, type Reply, type Router } from '../http.ts'
import type { FindImage } from '../image-facts.ts'
import { negotiate } from '../microversion.ts'
import { jsonBody } from './json-body.ts'
import { volumePage } from './volume-list.ts'
import { timestamp, type Volume, type VolumeState } from './volume-state.ts'
import { NEWEST, OLDEST } from './volume-versions.ts'
import { detailView, summaryView, typeView } from './volume-views.ts'
import {
  callerOf,
  createVolume,
  deleteVolume,
  invalidInput,
  type NewVolume,
  visibleVolume,
  volumeType,
} from './volumes.ts'

interface Site {
  readonly state: VolumeState
  readonly now: () => number
  readonly image: FindImage
}

type WantedVolume = Omit<NewVolume, 'image'> & { readonly imageRef?: string | null }

/** `/volumes` and `/types`. */
export function serveVolumes(router: Router, site: Site): void {
  const { state, now } = site
  const detail = (call: Call, volume: Volume) => {
    const version = negotiate(call, 'volume', OLDEST, NEWEST, {})
    return detailView(state, call, volume, { caller: callerOf(call, now()), version })
  }
  const own = (call: Call) => visibleVolume(state, call.params[0] ?? '', callerOf(call, now()))
  const list = (call: Call, view: (volume: Volume) => object): Reply => {
    const { page, next } = volumePage(state, call, callerOf(call, now()))
    const links = next && [{ rel: 'next', href: `${call.origin}/volume${call.path}?${next}` }]
    return { status: 200, body: { volumes: page.map(view), ...(links && { volumes_links: links }) } }
  }
  router
    .on('GET', '/v3/volumes', (call) => list(call, (volume) => summaryView(call, volume)))
    .on('GET', '/v3/volumes/detail', (call) => list(call, (volume) => detail(call, volume)))
    .on('POST', '/v3/volumes', async (call) => ({
      status: 202,
      body: { volume: detail(call, await create(site, call)) },
    }))
    .on('GET', '/v3/volumes/{}', (call) => ({ status: 200, body: { volume: detail(call, own(call)) } }))
    .on('PUT', '/v3/volumes/{}', async (call) => {
      const volume = own(call)
      rename(volume, (await jsonBody<{ volume: Partial<Volume> }>(call)).volume, now())
      return { status: 200, body: { volume: detail(call, volume) } }
    })
    .on('DELETE', '/v3/volumes/{}', (call) => {
      deleteVolume(state, own(call), now())
      return { status: 202 }
    })
    .on('GET', '/v3/types', (call) => {
      const views = state.types.map((type) => typeView(type, callerOf(call, now())))
      return { status: 200, body: { volume_types: views } }
    })
    .on('GET', '/v3/types/{}', (call) => {
      const [id = ''] = call.params
      const type = id === 'default' ? volumeType(state, 'ssd') : state.types.find((one) => one.id === id)
      if (!type) throw new HttpError(404, `Volume type ${id} could not be found.`)
      return { status: 200, body: { volume_type: typeView(type, callerOf(call, now())) } }
    })
}

async function create({ state, now, image }: Site, call: Call): Promise<Volume> {
  const caller = callerOf(call, now())
  const { volume: wanted } = await jsonBody<{ volume?: WantedVolume }>(call)
  if (!wanted) throw invalidInput("'volume' is a required property")
  const { imageRef, ...others } = wanted
  const found = imageRef ? image(imageRef, caller.projectId, caller.isAdmin) : undefined
  if (imageRef && !found) {
    throw new HttpError(400, 'Invalid image identifier or unable to access requested image.')
  }
  return createVolume(state, { ...others, image: found }, caller)
}

function rename(volume: Volume, { name, description, metadata }: Partial<Volume>, now: number): void {
  if (name !== undefined) volume.name = name
  if (description !== undefined) volume.description = description
  if (metadata !== undefined) volume.metadata = metadata
  volume.updatedAt = timestamp(now)
}
