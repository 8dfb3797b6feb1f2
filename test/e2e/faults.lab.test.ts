import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FaultAction } from '../cloud/faults.ts'
import { eventually } from '../support/eventually.ts'
import { START_MS, Stage } from './harness.ts'
import { conditionOf, sha256, type Tenant } from './tenant.ts'

let stage: Stage
beforeAll(async () => {
  stage = await Stage.start()
  await stage.operator({ 'resync-seconds': '5' })
}, START_MS)
afterAll(async () => {
  await stage?.stop()
}, START_MS)

const content = randomBytes(1 << 20)

/** An answer of Glance goes wrong: once, or, where the Image says so, until it has said it. */
interface Case {
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  action: FaultAction
  /** What the Image says meanwhile. */
  says?: string
  message?: RegExp
}

const answers = (status: number): FaultAction => ({ type: 'Status', status, body: `injected ${status}` })
const full = 'Image storage media is full: There is not enough disk space on the image storage media.'

const cases: Case[] = [
  ...(['POST', 'PUT', 'PATCH', 'DELETE'] as const).flatMap((method): Case[] => [
    { method, action: { type: 'ResetBefore' } },
    { method, action: { type: 'ResetAfter' } },
    { method, action: answers(500) },
    { method, action: answers(503) },
    { method, action: { type: 'StatusAfter', status: 504 } },
    { method, action: { type: 'Status', status: 429, retryAfterSeconds: 2 } },
    { method, action: { type: 'TruncatedBody' } },
  ]),
  { method: 'PUT', action: { type: 'ResetDuring', bytes: 500_000 } },
  { method: 'PUT', action: answers(409) },
  { method: 'PUT', action: answers(410) },
  { method: 'PUT', action: answers(403), says: 'Refused', message: /the cloud's policy forbids this: .*injected 403/ },
  {
    method: 'PUT',
    action: { type: 'Status', status: 413, body: full },
    says: 'QuotaExceeded',
    message: /^Glance has no room for the data: .*storage media is full/,
  },
  { method: 'PUT', action: answers(507), says: 'QuotaExceeded', message: /^Glance has no room for the data/ },
  { method: 'POST', action: answers(413), says: 'QuotaExceeded', message: /^a limit of Glance is reached/ },
  { method: 'POST', action: answers(403), says: 'Refused', message: /the cloud's policy forbids this/ },
  { method: 'PATCH', action: answers(403), says: 'Refused', message: /the cloud's policy forbids this/ },
  { method: 'PATCH', action: answers(409) },
  { method: 'DELETE', action: answers(409), says: 'ImageInUse', message: /^Glance will not delete the image now/ },
  { method: 'DELETE', action: answers(403), says: 'Refused', message: /the cloud's policy forbids this/ },
]

const named = cases.map((one) => ({ ...one, name: `${one.method} ${describeAction(one.action)}` }))

describe.concurrent('an answer of Glance that goes wrong', () => {
  it.for(named)('$name', { timeout: 60_000 }, async ({ method, action, says, message }) => {
    const tenant = await stage.tenant()
    const url = tenant.publish('a', content)
    const phase = method === 'PATCH' || method === 'DELETE'
    if (phase) {
      await tenant.applyHttp('a', url)
      await tenant.ready('a')
    }
    const match = { service: 'image', method, path: /^\/v2\/images/ }
    const fault = tenant.cloud.faults.add({ match, action, times: says === undefined ? 1 : Number.POSITIVE_INFINITY })
    if (method === 'DELETE') await tenant.delete('a')
    else await tenant.applyHttp('a', url, method === 'PATCH' ? { properties: { k: 'v' } } : {})
    await eventually('the fault struck', () => fault.hits > 0)
    if (says !== undefined) {
      expect((await tenant.reason('a', says)).message).toMatch(message ?? /./)
      fault.remove()
      // The pause is long after such an answer; whoever cannot wait asks for a fresh look.
      await tenant.annotate('a', { 'vdi.auxo.dev/refresh': 'now' })
    }
    if (method === 'DELETE') await tenant.gone('a')
    else await rightImage(tenant, 'a')
    expect(stalled(tenant)).toEqual([])
    if (action.type === 'Status' && action.retryAfterSeconds) {
      const [first = 0, second = 0] = tenant.cloud.requests
        .all({ service: 'image', method })
        .slice(-2)
        .map(({ time }) => time)
      expect(second - first).toBeGreaterThanOrEqual(2000)
    }
    if (method !== 'DELETE') await tenant.remove('a')
    expect([...tenant.cloud.images.all()]).toEqual([])
  })
})

describe.concurrent('a cloud', () => {
  it('that is away for a minute makes its objects say so together; they heal by themselves', {
    timeout: 150_000,
  }, async () => {
    const tenant = await stage.tenant({ synchronize: { policy: 'Project', intervalSeconds: 5 } })
    const [found = ''] = tenant.cloud.seed(1)
    await tenant.applyHttp('before', tenant.publish('before', content))
    await tenant.ready('before')
    const url = tenant.publish('during', content)
    stage.www.fault(new URL(url).pathname, { bytesPerSecond: 200_000 })
    await tenant.applyHttp('during', url)
    await eventually('bytes are on their way', () => tenant.inCloud('during')[0]?.status === 'saving')
    await tenant.cloud.outage(true)
    const since = performance.now()
    const name = `seed-00000-${found.slice(0, 8)}`
    const said = await Promise.all(
      ['before', 'during', name].map(async (one) => {
        const image = await tenant.when(one, (seen) => {
          const ready = conditionOf(seen, 'Ready')
          return ready?.status === 'Unknown' && ready.reason === 'CloudUnavailable'
        })
        return conditionOf(image, 'Ready')
      }),
    )
    expect(said.map((condition) => condition?.message)).toEqual(Array(3).fill(said[0]?.message))
    expect(said[0]?.message).toMatch(
      /^Cloud "vdi": .*127\.0\.0\.1.*; nothing is known of this object until it answers$/,
    )
    expect((await tenant.cloudReason('CloudUnavailable')).status).toBe('False')
    await tenant.applyHttp('new', tenant.publish('new', content))
    await tenant.reason('new', 'CloudUnavailable')
    stage.www.fault(new URL(url).pathname, undefined)
    await eventually('a minute is over', () => performance.now() - since > 60_000, { timeoutMs: 70_000 })
    await tenant.cloud.outage(false)
    for (const one of ['before', 'during', 'new']) await rightImage(tenant, one)
    await tenant.ready(name)
    await tenant.cloudReason('Connected')
    expect(stalled(tenant)).toEqual([])
  })

  it('that is away for a moment is not worth a word', async () => {
    const tenant = await stage.tenant({ synchronize: { policy: 'None', intervalSeconds: 5 } })
    await tenant.applyHttp('a', tenant.publish('a', content))
    await tenant.ready('a')
    tenant.cloud.faults.add({ match: { service: 'image', method: 'GET' }, action: answers(503), times: 2 })
    await eventually('it was asked in vain, and again', () => tenant.cloud.requests.count({ status: 503 }) === 2)
    await tenant.applyHttp('b', tenant.publish('b', content))
    await rightImage(tenant, 'b')
    const reasons = stage.recorder.of(tenant.namespace).map((seen) => conditionOf(seen, 'Ready')?.reason)
    expect(reasons).not.toContain('CloudUnavailable')
  })

  it('that revokes tokens is logged into again, and nobody notices', async () => {
    const tenant = await stage.tenant()
    await tenant.applyHttp('a', tenant.publish('a', content))
    await tenant.ready('a')
    tenant.cloud.revokeTokens()
    await tenant.applyHttp('a', tenant.publish('a', content), { tags: ['t'] })
    await tenant.ready('a')
    const reasons = stage.recorder.of(tenant.namespace).map((seen) => conditionOf(seen, 'Ready')?.reason)
    expect(reasons).not.toContain('CredentialsRejected')
  })
})

describe.concurrent('credentials', () => {
  it('that were refused are tried again at once when their Cloud is refreshed', async () => {
    const tenant = await stage.tenant({ connected: false })
    await tenant.applySecret()
    tenant.cloud.setPassword('demo', 'another')
    await tenant.applyCloud()
    await tenant.cloudReason('CredentialsRejected')
    tenant.cloud.setPassword('demo', 'demopass')
    await tenant.annotateCloud({ 'vdi.auxo.dev/refresh': '1' })
    await tenant.cloudReason('Connected')
    expect((await tenant.cloudObject())?.status?.refreshed).toBe('1')
  })

  it('that are refused: all objects say so, none gives up, and rotating the Secret is enough', async () => {
    const tenant = await stage.tenant({ synchronize: { policy: 'None', intervalSeconds: 5 } })
    await tenant.applyHttp('a', tenant.publish('a', content))
    await tenant.ready('a')
    tenant.cloud.setPassword('demo', 'rotated')
    const { message } = await tenant.cloudReason('CredentialsRejected')
    expect(message).not.toContain('demopass')
    await tenant.reason('a', 'CredentialsRejected')
    await tenant.delete('a')
    await tenant.when('a', ({ metadata }) => metadata.deletionTimestamp !== undefined)
    await tenant.applyHttp('b', tenant.publish('b', content))
    await tenant.reason('b', 'CredentialsRejected')
    const logins = tenant.cloud.requests.count({ service: 'identity', method: 'POST' })
    expect(logins, 'accounts get locked by many refused log-ins').toBeLessThan(8)
    expect((await tenant.existing('a')).metadata.finalizers).toEqual(['vdi.auxo.dev/image'])
    await tenant.applySecret()
    await rightImage(tenant, 'b')
    await tenant.gone('a')
    expect(tenant.inCloud('a')).toEqual([])
    expect(stalled(tenant)).toEqual([])
  })

  it('that are missing: nothing is released, and it heals when the Secret is made again', async () => {
    const tenant = await stage.tenant()
    await tenant.applyHttp('a', tenant.publish('a', content))
    await tenant.ready('a')
    await tenant.deleteSecret()
    const { message } = await tenant.cloudReason('CredentialsMissing')
    expect(message).toBe('there is no Secret "vdi-cloud" in this namespace; make it, or correct secretRef')
    await tenant.reason('a', 'CredentialsMissing')
    await tenant.delete('a')
    const gone = await tenant.when('a', ({ metadata }) => metadata.deletionTimestamp !== undefined)
    expect(gone.metadata.finalizers).toEqual(['vdi.auxo.dev/image'])
    expect(tenant.theImage('a').status).toBe('active')
    await tenant.applySecret()
    await tenant.gone('a')
    expect(tenant.inCloud('a')).toEqual([])
  })
})

async function rightImage(tenant: Tenant, name: string): Promise<void> {
  await tenant.ready(name)
  expect(tenant.theImage(name)).toMatchObject({ status: 'active', contentSha256: sha256(content) })
}

/** States that looked final though nothing was. */
function stalled({ namespace }: Tenant): string[] {
  const states = stage.recorder.of(namespace).map((seen) => conditionOf(seen, 'Stalled'))
  return states.flatMap((condition) => (condition ? [`${condition.reason}: ${condition.message}`] : []))
}

function describeAction(action: FaultAction): string {
  return action.type === 'Status' || action.type === 'StatusAfter' ? `${action.type} ${action.status}` : action.type
}
