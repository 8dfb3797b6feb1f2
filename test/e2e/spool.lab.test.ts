import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { harnessDirectory } from '../../hack/lab/harness.ts'
import type { TusClient, TusState } from '../../pkg/cli/tus-client.ts'
import { leaseType } from '../../pkg/kube/lease.ts'
import { eventually } from '../support/eventually.ts'
import { START_MS, Stage } from './harness.ts'
import { sha256, type Tenant } from './tenant.ts'

let stage: Stage
beforeAll(async () => {
  stage = await Stage.start()
}, START_MS)
afterAll(async () => {
  await stage?.stop()
}, START_MS)

const content = randomBytes(4 << 20)
const half = content.length / 2

describe.concurrent('two replicas share a spool', () => {
  it.for([
    { how: 'is asked to end', signal: 'SIGTERM' },
    { how: 'is killed', signal: 'SIGKILL' },
  ])('the owner $how: the other goes on at the same byte', { timeout: 120_000 }, async ({ signal }) => {
    const { tenant, spool, flags } = await scene()
    const first = await stage.operator(flags)
    await eventually('the first holds the shard', async () => (await holder(tenant)) === first.name)
    const second = await stage.operator(flags)
    await sendHalf(tenant, second.uploadUrl)
    await (signal === 'SIGTERM' ? first.stop() : first.kill())
    await sendRest(tenant, second.uploadUrl)
    expect(await holder(tenant)).toBe(second.name)
    await rightImage(tenant, spool)
  })

  it('the namespace comes back to a replica that had it: nothing is remembered wrongly', {
    timeout: 120_000,
  }, async () => {
    const { tenant, spool, flags } = await scene()
    const first = await stage.operator(flags)
    await eventually('the first holds the shard', async () => (await holder(tenant)) === first.name)
    const second = await stage.operator(flags)
    await sendHalf(tenant, first.uploadUrl)
    first.signal('SIGSTOP')
    await eventually('the second took over', async () => (await holder(tenant)) === second.name, { timeoutMs: 40_000 })
    // While it is frozen Glance waits for the rest of what it sends, and nobody can send anything else.
    first.signal('SIGCONT')
    const client = await tenant.uploader('a', second.uploadUrl)
    expect(await stateOf(client)).toMatchObject({ offset: half })
    const more = content.subarray(half, half + 500_000)
    await client.send(pieces(more), half, more.length, AbortSignal.timeout(20_000))
    await client.close()
    await second.stop()
    await eventually('the first holds it again', async () => (await holder(tenant)) === first.name)
    await sendRest(tenant, first.uploadUrl, half + more.length)
    await rightImage(tenant, spool)
  })
})

it('one operator with a spool is restarted: it goes on at the same byte', { timeout: 60_000 }, async () => {
  const { tenant, spool, flags } = await scene()
  const operator = await stage.operator(flags)
  await sendHalf(tenant, operator.uploadUrl)
  await operator.stop()
  await operator.start()
  await sendRest(tenant, operator.uploadUrl)
  await rightImage(tenant, spool)
})

it('an Image is deleted half sent: its bytes go too', async () => {
  const { tenant, spool, flags } = await scene()
  const operator = await stage.operator(flags)
  await sendHalf(tenant, operator.uploadUrl)
  expect(await readdir(spool)).not.toEqual([])
  await tenant.remove('a')
  await eventually('the spool is empty', async () => (await readdir(spool)).length === 0)
})

/** A tenant, and what its replicas have in common. */
async function scene() {
  const tenant = await stage.tenant()
  const spool = harnessDirectory('spool')
  const flags = { 'watch-namespaces': tenant.namespace, 'lease-namespace': tenant.namespace, 'spool-dir': spool }
  return { tenant, spool, flags }
}

async function sendHalf(tenant: Tenant, server: string): Promise<void> {
  await tenant.apply('a', { source: { type: 'Upload' }, diskFormat: 'raw' })
  const client = await tenant.uploader('a', server)
  const limit = AbortSignal.timeout(30_000)
  // The replica that was asked may not know yet who owns the namespace.
  await eventually('the upload is begun', async () => {
    await client.create(content.length, 'disk.raw', limit)
    return true
  })
  expect(await client.send(pieces(content.subarray(0, half)), 0, half, limit)).toBe(half)
  await client.close()
}

/** Through that replica; fails unless all that was acknowledged is there. */
async function sendRest(tenant: Tenant, server: string, expected = half): Promise<void> {
  const client = await tenant.uploader('a', server)
  expect(await stateOf(client)).toMatchObject({ offset: expected, length: content.length })
  const rest = content.subarray(expected)
  await client.send(pieces(rest), expected, rest.length, AbortSignal.timeout(30_000))
  await client.close()
}

/** What the gateway says once a replica works for the namespace: never "None" or 0 in between. */
async function stateOf(client: TusClient): Promise<TusState | 'None' | 'Rejected'> {
  return await eventually('the gateway answers', () => client.state(AbortSignal.timeout(10_000)), {
    timeoutMs: 40_000,
  })
}

/** The right bytes in the cloud, once, and nothing left in the spool. */
async function rightImage(tenant: Tenant, spool: string): Promise<void> {
  await tenant.ready('a')
  expect(tenant.theImage('a')).toMatchObject({ status: 'active', contentSha256: sha256(content) })
  await eventually('the spool is empty', async () => (await readdir(spool)).length === 0)
}

async function holder({ namespace }: Tenant): Promise<string | undefined> {
  return (await stage.client.get(leaseType, { namespace, name: 'auxo-shard-0' }))?.spec?.holderIdentity
}

async function* pieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let from = 0; from < bytes.length; from += 65_536) yield bytes.subarray(from, from + 65_536)
}
