import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Flavor, KeyPair } from '../../api/v1alpha1/objects.ts'
import { kstatus } from '../../hack/judges/kstatus.ts'
import { eventually } from '../support/eventually.ts'
import { START_MS, Stage } from './harness.ts'
import { conditionOf, type Tenant } from './tenant.ts'

// Flavors and key pairs, the small things of Nova: their whole life, and what can go wrong.

let stage: Stage
/** Where nothing is killed. */
let tenant: Tenant

beforeAll(async () => {
  stage = await Stage.start()
  tenant = (await scene()).tenant
  tenant.cloud.nova.state.flavors.push(theirs)
}, START_MS)
afterAll(async () => {
  await stage?.stop()
}, START_MS)

const cloudRef = { name: 'vdi' }
const small: Flavor['spec'] = { cloudRef, cpus: 2, memory: '4Gi', disk: '20Gi' }
const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEX3Wlrd0pXN2kDWsTJh8ABdL0p0y4Xc7WkY6wJ1bJr1 kim@example.org'
const otherKey = key.replace('IEX3', 'IEX4')
const pair: KeyPair['spec'] = { cloudRef, publicKey: key }

/** A flavor that somebody else made. */
const theirs = {
  ...{
    number: 1_000,
    id: 'their-id',
    name: 'theirs',
    vcpus: 1,
    ram: 512,
    disk: 0,
    ephemeral: 0,
    swap: 0,
    rxtxFactor: 1,
  },
  ...{ isPublic: true, description: null, extraSpecs: {}, access: [] },
}

/** A tenant whose Cloud is an administrator's, and an operator of its own. */
async function scene() {
  const [tenant, api] = await Promise.all([stage.tenant({ connected: false }), stage.apiProxy()])
  await tenant.applySecret()
  await tenant.applyCloud({ credentials: { secretRef: { name: 'vdi-cloud' }, cloudName: 'admin' } })
  const watched = { 'watch-namespaces': tenant.namespace, 'lease-namespace': tenant.namespace }
  const operator = await stage.operator({ ...watched, kubeconfig: api.kubeconfig })
  return { tenant, api, operator }
}

const novaFlavors = ({ cloud }: Tenant) => cloud.nova.state.flavors
const madeFlavors = (tenant: Tenant) =>
  novaFlavors(tenant).filter(({ description }) => description?.startsWith('auxo_mark='))
const novaPairs = ({ cloud }: Tenant) => cloud.nova.state.keyPairs
const calls = ({ cloud }: Tenant) =>
  cloud.requests.all({ service: 'compute' }).map(({ method, path }) => `${method} ${path.replace('/v2.1', '')}`)

describe('a flavor', () => {
  it('is made, changed where it can be, found again, and goes with its object', async () => {
    const { flavors } = tenant
    const demo = tenant.cloud.project('demo').id
    const access = { type: 'Projects' as const, projects: [{ name: 'demo' }] }
    await flavors.apply('small', {
      ...small,
      swap: '1Gi',
      access,
      extraSpecs: { 'hw:cpu_policy': 'dedicated', x: '1' },
    })
    const { status } = await flavors.ready('small')
    const made = () => madeFlavors(tenant)[0]
    expect(made()).toMatchObject({ name: 'small', vcpus: 2, ram: 4096, disk: 20, swap: 1024, isPublic: false })
    expect(made()).toMatchObject({ extraSpecs: { 'hw:cpu_policy': 'dedicated', x: '1' }, access: [demo] })
    expect(status).toMatchObject({
      id: made()?.id,
      origin: 'Created',
      cpus: 2,
      memory: '4Gi',
      disk: '20Gi',
      swap: '1Gi',
    })

    Object.assign(made()?.extraSpecs ?? {}, { theirs: '1' })
    await flavors.apply('small', { ...small, swap: '1Gi', access: { type: 'Projects' }, extraSpecs: { x: '2' } })
    await flavors.annotate('small', { 'vdi.auxo.dev/refresh': '1' })
    await flavors.when('small', ({ status }) => status?.refreshed === '1' && status.appliedExtraSpecs?.length === 1)
    await flavors.ready('small')
    expect(made()).toMatchObject({ extraSpecs: { x: '2', theirs: '1' }, access: [] })
    expect(made()?.extraSpecs).not.toHaveProperty('hw:cpu_policy')

    const before = calls(tenant).filter((call) => !call.startsWith('GET')).length
    await flavors.wipeStatus('small')
    expect((await flavors.ready('small')).status).toMatchObject({ id: made()?.id, origin: 'Created' })
    await flavors.vanish('small')
    await flavors.apply('small', { ...small, swap: '1Gi', access: { type: 'Projects' } })
    await flavors.ready('small')
    expect(calls(tenant).filter((call) => !call.startsWith('GET'))).toHaveLength(before)

    await expect(flavors.apply('small', { ...small, cpus: 4 })).rejects.toMatchObject({ class: 'InvalidSpec' })
    await flavors.remove('small')
    expect(madeFlavors(tenant)).toEqual([])
  })

  it('of somebody else is adopted by name, and stays when the object goes', async () => {
    const count = novaFlavors(tenant).length
    await tenant.flavors.apply('theirs', { cloudRef, existing: { name: theirs.name } })
    expect((await tenant.flavors.ready('theirs')).status).toMatchObject({ id: theirs.id, origin: 'Existing' })
    await tenant.flavors.apply('twin', { cloudRef, existing: { id: theirs.id } })
    await tenant.flavors.reason('twin', 'FlavorTaken')
    await tenant.flavors.remove('theirs')
    await tenant.flavors.ready('twin')
    await tenant.flavors.remove('twin')
    expect(novaFlavors(tenant)).toHaveLength(count)
  })

  it('says what is wrong, and where', async () => {
    const { flavors } = tenant
    await flavors.apply('taken', { ...small, flavorName: theirs.name })
    expect((await flavors.reason('taken', 'NameTaken')).message).toContain(theirs.id)
    await flavors.apply('missing', { cloudRef, existing: { name: 'nobody' } })
    await flavors.reason('missing', 'FlavorNotFound')
    await flavors.apply('lost', { ...small, access: { type: 'Projects', projects: [{ name: 'nowhere' }] } })
    expect((await flavors.reason('lost', 'ProjectNotFound')).message).toContain('"nowhere"')
    await flavors.apply('strange', { ...small, cloudRef: { name: 'elsewhere' } })
    await flavors.reason('strange', 'CloudNotFound')
    await tenant.applyCloud({}, 'members')
    await eventually('the member is connected', async () => {
      const seen = await tenant.cloudObject('members')
      return seen !== undefined && conditionOf(seen, 'Ready')?.status === 'True'
    })
    await flavors.apply('forbidden', { ...small, cloudRef: { name: 'members' } })
    expect((await flavors.reason('forbidden', 'Refused')).message).toMatch(/policy/i)
    const objects = await flavors.list()
    const verdicts = await kstatus(objects)
    const verdictOf = (name: string) => verdicts[objects.findIndex(({ metadata }) => metadata.name === name)]?.status
    expect(['taken', 'lost', 'missing', 'forbidden'].map(verdictOf)).toEqual([
      ...['Failed', 'InProgress', 'InProgress', 'InProgress'],
    ])
    for (const name of ['taken', 'missing', 'lost', 'strange', 'forbidden']) await flavors.remove(name)
    expect(madeFlavors(tenant)).toEqual([])
  })
})

describe('a key pair', () => {
  it('is made with one call, found again, and goes with its object', async () => {
    const { keyPairs } = tenant
    const from = calls(tenant).length
    await keyPairs.apply('kim', pair)
    const { status } = await keyPairs.ready('kim')
    expect(novaPairs(tenant)).toMatchObject([{ name: 'kim', publicKey: key, type: 'ssh' }])
    expect(status).toMatchObject({
      name: 'kim',
      origin: 'Created',
      type: 'ssh',
      userID: tenant.cloud.identity.user('admin').id,
    })
    // Beside lists, which all key pairs share.
    expect(
      calls(tenant)
        .slice(from)
        .filter((call) => call !== 'GET /os-keypairs'),
    ).toEqual(['POST /os-keypairs'])
    await keyPairs.wipeStatus('kim')
    expect((await keyPairs.ready('kim')).status).toMatchObject({ origin: 'Created', fingerprint: status?.fingerprint })
    await keyPairs.remove('kim')
    expect(novaPairs(tenant)).toEqual([])
  })

  it('of another user is made for an administrator', async () => {
    const { id } = tenant.cloud.identity.user('demo')
    await tenant.keyPairs.apply('demos', { ...pair, keyPairName: 'Demo Key', user: { name: 'demo' } })
    await tenant.keyPairs.ready('demos')
    expect(novaPairs(tenant)).toMatchObject([{ name: 'Demo Key', userId: id }])
    await tenant.keyPairs.remove('demos')
    expect(novaPairs(tenant)).toEqual([])
    await tenant.keyPairs.apply('lost', { ...pair, user: { name: 'nobody' } })
    await tenant.keyPairs.reason('lost', 'UserNotFound')
    await tenant.keyPairs.remove('lost')
  })

  it('that was there before is left alone', async () => {
    const { keyPairs } = tenant
    await keyPairs.apply('first', { ...pair, deletionPolicy: 'Retain', keyPairName: 'same' })
    await keyPairs.ready('first')
    await keyPairs.remove('first')
    const { state } = tenant.cloud.nova
    state.keyPairs = state.keyPairs.map((there) => ({ ...there, createdAt: there.createdAt - 60_000 }))
    await keyPairs.apply('foreign', { ...pair, publicKey: otherKey, keyPairName: 'same' })
    expect((await keyPairs.reason('foreign', 'NameTaken')).message).toContain(novaPairs(tenant)[0]?.fingerprint)
    expect((await kstatus(await keyPairs.list())).map(({ status }) => status)).toEqual(['Failed'])
    await keyPairs.remove('foreign')
    await keyPairs.apply('same', pair)
    expect((await keyPairs.ready('same')).status).toMatchObject({ origin: 'Existing' })
    await keyPairs.remove('same')
    expect(novaPairs(tenant)).toMatchObject([{ name: 'same', publicKey: key }])
    await keyPairs.apply('bad', { ...pair, publicKey: 'ssh-ed25519 AAAA' })
    expect((await keyPairs.reason('bad', 'InvalidSpec')).message).toMatch(/Nova refuses the key pair/)
  })
})

/** Requests to Nova are kept before or after their effect; the operator is killed meanwhile. */
const moments = [{ type: 'HangBefore' }, { type: 'HangAfter' }] as const

describe.concurrent('killed', () => {
  it.for(moments)('as both are made: $type', { timeout: 60_000 }, async ({ type }) => {
    const there = await scene()
    const killed = killedWhenKept(there, 'POST', type)
    await applyBoth(there.tenant)
    await killed
    const seen = await Promise.all(both(there.tenant).map((objects) => objects.ready('victim')))
    expect(seen.map(({ status }) => status?.origin)).toEqual(['Created', 'Created'])
    expect([madeFlavors(there.tenant).length, novaPairs(there.tenant).length]).toEqual([1, 1])
    await Promise.all(both(there.tenant).map((objects) => objects.remove('victim')))
    expectNothing(there.tenant)
  })

  it('after both were made, and the objects are deleted before the restart', { timeout: 60_000 }, async () => {
    const there = await scene()
    const deleteBoth = () => Promise.all(both(there.tenant).map((objects) => objects.delete('victim')))
    const killed = killedWhenKept(there, 'POST', 'HangAfter', deleteBoth)
    await applyBoth(there.tenant)
    await killed
    await Promise.all(both(there.tenant).map((objects) => objects.gone('victim')))
    expectNothing(there.tenant)
  })

  it.for(moments)('as both are deleted: $type', { timeout: 60_000 }, async ({ type }) => {
    const there = await scene()
    await applyBoth(there.tenant)
    await Promise.all(both(there.tenant).map((objects) => objects.ready('victim')))
    const killed = killedWhenKept(there, 'DELETE', type)
    await Promise.all(both(there.tenant).map((objects) => objects.delete('victim')))
    await killed
    await Promise.all(both(there.tenant).map((objects) => objects.gone('victim')))
    expectNothing(there.tenant)
  })
})

const both = ({ flavors, keyPairs }: Tenant) => [flavors, keyPairs] as const

async function applyBoth({ flavors, keyPairs }: Tenant): Promise<void> {
  await Promise.all([flavors.apply('victim', small), keyPairs.apply('victim', pair)])
}

function expectNothing(tenant: Tenant): void {
  expect([...madeFlavors(tenant), ...novaPairs(tenant)]).toEqual([])
}

/** Kills the operator when a request for each of the two is kept, and starts it again. */
async function killedWhenKept(
  { tenant, operator }: Awaited<ReturnType<typeof scene>>,
  method: 'POST' | 'DELETE',
  type: 'HangBefore' | 'HangAfter',
  meanwhile: () => Promise<unknown> = async () => undefined,
): Promise<void> {
  const faults = [/^\/v2\.1\/flavors/, /^\/v2\.1\/os-keypairs/].map((path) =>
    tenant.cloud.faults.add({ match: { service: 'compute', method, path }, action: { type } }),
  )
  await eventually('both requests are kept', () => faults.every(({ hits }) => hits > 0))
  await operator.kill()
  await meanwhile()
  await operator.start()
}
