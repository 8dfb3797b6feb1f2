import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { leaseType } from '../../pkg/kube/lease.ts'
import { eventually } from '../support/eventually.ts'
import { START_MS, Stage } from './harness.ts'
import type { OperatorProcess } from './operator-process.ts'
import { conditionOf, sha256, type Tenant } from './tenant.ts'

let stage: Stage
beforeAll(async () => {
  stage = await Stage.start()
}, START_MS)
afterAll(async () => {
  await stage?.stop()
}, START_MS)

// Bytes go on in blocks of half a MiB, and the last one that came is kept back.
const content = randomBytes(2 << 20)

describe.concurrent('two replicas', () => {
  it('the holder is killed in the midst of a transfer: the other one takes over', { timeout: 90_000 }, async () => {
    const { tenant, first, second } = await pair()
    const url = tenant.publish('a', content)
    stage.www.fault(new URL(url).pathname, { stallAfter: content.length * 0.75, times: 1 })
    await tenant.applyHttp('ready', tenant.publish('ready', content))
    await tenant.applyHttp('a', url)
    await tenant.ready('ready')
    await eventually('bytes are on their way', () => tenant.inCloud('a')[0]?.status === 'saving')
    await first.kill()
    await rightImage(tenant, 'a')
    await rightImage(tenant, 'ready')
    expect(await holder(tenant)).toBe(second.name)
    await tenant.remove('a')
    expect(tenant.inCloud('a')).toEqual([])
  })

  it('the holder is asked to end: it hands over at once', async () => {
    const { tenant, first, second } = await pair()
    await tenant.applyHttp('a', tenant.publish('a', content))
    await tenant.ready('a')
    const since = performance.now()
    await first.stop()
    await tenant.applyHttp('b', tenant.publish('b', content))
    await rightImage(tenant, 'b')
    expect(performance.now() - since).toBeLessThan(12_000)
    expect(await holder(tenant)).toBe(second.name)
    expect(tenant.inCloud('a')).toHaveLength(1)
  })

  it('the holder hangs and comes back: nothing is doubled', { timeout: 90_000 }, async () => {
    const { tenant, first, second } = await pair()
    await tenant.applyHttp('a', tenant.publish('a', content))
    await tenant.ready('a')
    first.signal('SIGSTOP')
    await tenant.applyHttp('b', tenant.publish('b', content))
    await rightImage(tenant, 'b')
    first.signal('SIGCONT')
    await tenant.applyHttp('c', tenant.publish('c', content))
    await rightImage(tenant, 'c')
    expect(await holder(tenant)).toBe(second.name)
    expect(
      [...tenant.cloud.images.all()].map(({ name }) => String(name)).toSorted((a, b) => a.localeCompare(b)),
    ).toEqual(['a', 'b', 'c'])
  })

  it('an upload may come to the one that does not own it', async () => {
    const { tenant, second } = await pair()
    await tenant.apply('a', { source: { type: 'Upload' }, diskFormat: 'raw' })
    const client = await tenant.uploader('a', second.uploadUrl)
    const limit = AbortSignal.timeout(20_000)
    await client.create(content.length, 'disk.raw', limit)
    await client.send(whole(), 0, content.length, limit)
    await client.close()
    await rightImage(tenant, 'a')
  })

  it('one with another number of shards refuses to run', async () => {
    const { tenant } = await pair()
    const third = await stage.operator({ ...shared(tenant), shards: '3' }, { wait: false })
    await eventually('it has ended', () => !third.isRunning)
    expect(third.logTail()).toMatch(/runs with 1 shards, this one was started with 3: stop all replicas/)
  })
})

describe('the API server', () => {
  it('restarts: everything goes on, nothing is doubled', async () => {
    const tenant = await alone()
    await tenant.applyHttp('a', tenant.publish('a', content))
    await tenant.ready('a')
    const url = tenant.publish('b', content)
    stage.www.fault(new URL(url).pathname, { bytesPerSecond: 400_000 })
    await tenant.applyHttp('b', url)
    await eventually('bytes are on their way', () => tenant.inCloud('b')[0]?.status === 'saving')
    await stage.kube.restartApiServer()
    await tenant.applyHttp('c', tenant.publish('c', content))
    for (const name of ['a', 'b', 'c']) await rightImage(tenant, name)
    expect([...tenant.cloud.images.all()]).toHaveLength(3)
    expect(stalled(tenant)).toEqual([])
  })

  it('is away for longer than Leases last: work stops and is taken up again', { timeout: 120_000 }, async () => {
    const tenant = await alone()
    await tenant.applyHttp('a', tenant.publish('a', content))
    await tenant.ready('a')
    await stage.kube.stopApiServer()
    // Longer than a Lease lasts without renewal.
    await pause(16_000)
    await stage.kube.startApiServer()
    await tenant.applyHttp('b', tenant.publish('b', content))
    await rightImage(tenant, 'b')
    await rightImage(tenant, 'a')
    expect(stalled(tenant)).toEqual([])
  })

  it('cuts watches: what happened meanwhile is seen', async () => {
    const api = await stage.apiProxy()
    const tenant = await alone({ kubeconfig: api.kubeconfig })
    for (const name of ['a', 'b', 'c']) {
      api.cut()
      await tenant.applyHttp(name, tenant.publish(name, content))
      await rightImage(tenant, name)
    }
    api.cut()
    await tenant.remove('a')
    expect(tenant.inCloud('a')).toEqual([])
  })

  it('has compacted what a watch would go on from (410): the operator begins anew', async () => {
    const tenant = await stage.tenant()
    const operator = await stage.operator(shared(tenant))
    const url = tenant.publish('a', content)
    await tenant.applyHttp('a', url)
    await tenant.applyHttp('b', url)
    await Promise.all([tenant.ready('a'), tenant.ready('b')])
    operator.signal('SIGSTOP')
    await tenant.applyHttp('a', url, { tags: ['seen'] })
    await tenant.delete('b')
    await stage.kube.compact()
    await stage.kube.restartApiServer()
    operator.signal('SIGCONT')
    await tenant.ready('a')
    expect(tenant.theImage('a').tags).toEqual(['seen'])
    await tenant.gone('b')
    expect(tenant.inCloud('b')).toEqual([])
  })
})

/** What replicas of one installation have in common. */
function shared({ namespace }: Tenant): Record<string, string> {
  return { 'watch-namespaces': namespace, 'lease-namespace': namespace }
}

async function alone(flags: Record<string, string> = {}): Promise<Tenant> {
  const tenant = await stage.tenant()
  await stage.operator({ ...shared(tenant), ...flags })
  return tenant
}

/** Two replicas; the first holds the only shard. */
async function pair(): Promise<{ tenant: Tenant; first: OperatorProcess; second: OperatorProcess }> {
  const tenant = await stage.tenant()
  const first = await stage.operator(shared(tenant))
  await eventually('the first holds the shard', async () => (await holder(tenant)) === first.name)
  const second = await stage.operator(shared(tenant))
  const member = { namespace: tenant.namespace, name: `auxo-member-${second.name}` }
  await eventually('the second is a member', async () => (await stage.client.get(leaseType, member)) !== undefined)
  return { tenant, first, second }
}

async function holder({ namespace }: Tenant): Promise<string | undefined> {
  return (await stage.client.get(leaseType, { namespace, name: 'auxo-shard-0' }))?.spec?.holderIdentity
}

async function rightImage(tenant: Tenant, name: string): Promise<void> {
  await tenant.ready(name)
  expect(tenant.theImage(name)).toMatchObject({ status: 'active', contentSha256: sha256(content) })
}

function stalled({ namespace }: Tenant): string[] {
  const states = stage.recorder.of(namespace).map((seen) => conditionOf(seen, 'Stalled'))
  return states.flatMap((condition) => (condition ? [`${condition.reason}: ${condition.message}`] : []))
}

async function* whole(): AsyncGenerator<Buffer> {
  yield content
}
