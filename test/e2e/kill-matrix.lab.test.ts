import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { harnessDirectory } from '../../hack/lab/harness.ts'
import { eventually } from '../support/eventually.ts'
import type { ApiProxy } from './api-proxy.ts'
import { START_MS, Stage } from './harness.ts'
import { sha256, type Tenant } from './tenant.ts'

/** Where a request is kept so that the operator is killed before or after its effect. Returns whether it is kept. */
type Keep = (tenant: Tenant, api: ApiProxy) => () => boolean

interface Point {
  /** Before which effect, or after it, or in the midst of it. */
  name: string
  keep: Keep
}

let stage: Stage
beforeAll(async () => {
  stage = await Stage.start()
}, START_MS)
afterAll(async () => {
  await stage?.stop()
}, START_MS)

/** A request to Glance. */
function glance(name: string, method: string, path: RegExp): Point[] {
  return (['Before', 'After'] as const).map((when) => ({
    name: `${when.toLowerCase()} ${name}`,
    keep: ({ cloud }) => {
      const fault = cloud.faults.add({ match: { service: 'image', method, path }, action: { type: `Hang${when}` } })
      return () => fault.hits > 0
    },
  }))
}

/** A write to the API server. */
function kubernetes(name: string, path: RegExp, body: RegExp): Point[] {
  return (['Before', 'After'] as const).map((when) => ({
    name: `${when.toLowerCase()} ${name}`,
    keep: (_, api) => {
      const hold = api.hold({ method: 'PATCH', path, body, when })
      return () => hold.held
    },
  }))
}

const object = /\/images\/victim(\?|$)/
const status = /\/images\/victim\/status/
// Bytes go on in blocks of half a MiB, and the last one that came is kept back.
const content = randomBytes(2 << 20)
const midst = content.length * 0.75

const making: Point[] = [
  ...kubernetes('the finalizer is put', object, /"finalizers"/),
  ...kubernetes('the attempt is on record', status, /"attempt"/),
  ...glance('the image is registered', 'POST', /^\/v2\/images$/),
  ...glance('the bytes are sent', 'PUT', /\/file$/),
  {
    name: 'in the midst of the bytes',
    keep: (tenant) => {
      tenant.www.fault(`/${tenant.namespace}/victim`, { stallAfter: midst, times: 1 })
      return () => tenant.inCloud('victim')[0]?.status === 'saving' && bytesServed(tenant) >= midst
    },
  },
  ...kubernetes('the status says Available', status, /"Available"/),
]

const changing: Point[] = [
  ...kubernetes('the keys are on record', status, /"appliedProperties"/),
  ...glance('the image is changed', 'PATCH', /^\/v2\/images\//),
  ...kubernetes('the status says Available', status, /"Available"/),
]

const deleting: Point[] = [
  ...glance('the live image is looked at', 'GET', /^\/v2\/images\/[0-9a-f-]{36}$/),
  ...glance('the image is deleted', 'DELETE', /^\/v2\/images\//),
  ...kubernetes('the finalizer is removed', object, /"finalizers":\[\]/),
]

const importing: Point[] = [
  ...glance('Glance is told to download', 'POST', /\/import$/),
  ...glance('the checked image is shown', 'PATCH', /^\/v2\/images\//),
]

describe.concurrent('killed while an image is made', () => {
  it.for(making)('$name', { timeout: 120_000 }, async ({ keep }) => {
    const { tenant, api, operator } = await scene()
    const isKept = keep(tenant, api)
    await tenant.applyHttp('victim', publish(tenant))
    await killedWhen(isKept, operator)
    await ends(tenant)
  })
})

describe.concurrent('killed while an image is made, and the object is deleted before the restart', () => {
  it.for(making)('$name', { timeout: 120_000 }, async ({ keep }) => {
    const { tenant, api, operator } = await scene()
    const isKept = keep(tenant, api)
    await tenant.applyHttp('victim', publish(tenant))
    await eventually('the request is kept', isKept)
    await operator.kill()
    await tenant.delete('victim')
    await operator.start()
    await leavesNothing(tenant)
  })
})

describe.concurrent('killed while an image is changed', () => {
  it.for(changing)('$name', { timeout: 120_000 }, async ({ keep }) => {
    const { tenant, api, operator } = await scene()
    await tenant.applyHttp('victim', publish(tenant), { properties: { gone: '1', kept: '1' } })
    await tenant.ready('victim')
    const isKept = keep(tenant, api)
    await tenant.applyHttp('victim', publish(tenant), { properties: { kept: '2', added: '3' }, tags: ['new'] })
    await killedWhen(isKept, operator)
    await tenant.ready('victim')
    const { properties, tags } = tenant.theImage('victim')
    expect(properties).toMatchObject({ kept: '2', added: '3' })
    expect(properties).not.toHaveProperty('gone')
    expect(tags).toEqual(['new'])
    await ends(tenant)
  })
})

describe.concurrent('killed while an image is deleted', () => {
  it.for(deleting)('$name', { timeout: 120_000 }, async ({ keep }) => {
    const { tenant, api, operator } = await scene()
    await tenant.applyHttp('victim', publish(tenant))
    await tenant.ready('victim')
    const isKept = keep(tenant, api)
    await tenant.delete('victim')
    await killedWhen(isKept, operator)
    await leavesNothing(tenant)
  })
})

describe.concurrent('killed while Glance downloads by itself', () => {
  it.for(importing)('$name', { timeout: 120_000 }, async ({ keep }) => {
    const { tenant, api, operator } = await scene()
    const isKept = keep(tenant, api)
    await tenant.applyHttp('victim', publish(tenant), { http: { via: 'Glance' } })
    await killedWhen(isKept, operator)
    await ends(tenant)
  })
})

describe.concurrent('killed in the midst of an upload', () => {
  it.for([{ mode: 'streamed' }, { mode: 'spooled' }])('$mode', { timeout: 120_000 }, async ({ mode }) => {
    const spool = mode === 'spooled' ? { 'spool-dir': harnessDirectory('spool') } : {}
    const { tenant, operator } = await scene(spool)
    await tenant.apply('victim', { source: { type: 'Upload' }, diskFormat: 'raw' })
    const half = content.length / 2
    const first = await tenant.uploader('victim')
    await first.create(content.length, 'disk.raw', AbortSignal.timeout(10_000))
    await first.send(pieces(content.subarray(0, half)), 0, half, AbortSignal.timeout(10_000))
    await first.close()
    await operator.kill()
    await operator.start()
    const second = await tenant.uploader('victim')
    const state = await eventually('the gateway tells how much it has', async () => {
      const answer = await second.state(AbortSignal.timeout(10_000))
      return answer === 'Rejected' ? undefined : answer
    })
    const offset = state === 'None' ? 0 : state.offset
    expect(offset).toBe(mode === 'spooled' ? half : 0)
    if (state === 'None') await second.create(content.length, 'disk.raw', AbortSignal.timeout(10_000))
    const rest = content.subarray(offset)
    await second.send(pieces(rest), offset, rest.length, AbortSignal.timeout(20_000))
    await second.close()
    await ends(tenant)
  })
})

/** A tenant with a cloud of its own, and an operator of its own that reaches the API server through a proxy. */
async function scene(flags: Record<string, string> = {}) {
  const [tenant, api] = await Promise.all([stage.tenant(), stage.apiProxy()])
  const watched = { 'watch-namespaces': tenant.namespace, 'lease-namespace': tenant.namespace }
  const operator = await stage.operator({ ...watched, kubeconfig: api.kubeconfig, ...flags })
  return { tenant, api, operator }
}

async function killedWhen(isKept: () => boolean, operator: { kill(): Promise<void>; start(): Promise<void> }) {
  await eventually('the request is kept', isKept)
  await operator.kill()
  await operator.start()
}

/** Exactly one image with the right bytes; after its deletion none, and no object. */
async function ends(tenant: Tenant): Promise<void> {
  const { status: seen } = await tenant.ready('victim')
  const made = tenant.theImage('victim')
  expect(made).toMatchObject({ status: 'active', id: seen?.id, contentSha256: sha256(content), visibility: 'shared' })
  expect(made.os_hidden).toBe(false)
  expect(Object.keys(made.properties).filter((key) => key.startsWith('auxo_'))).toEqual(['auxo_mark'])
  await tenant.delete('victim')
  await leavesNothing(tenant)
}

async function leavesNothing(tenant: Tenant): Promise<void> {
  await tenant.gone('victim')
  expect([...tenant.cloud.images.all()]).toEqual([])
}

function publish(tenant: Tenant): string {
  return tenant.publish('victim', content)
}

function bytesServed({ www, namespace }: Tenant): number {
  return Math.max(0, ...www.requests.filter(({ path }) => path === `/${namespace}/victim`).map(({ bytes }) => bytes))
}

async function* pieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536)
}
