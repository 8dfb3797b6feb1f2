import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DesktopResize } from '../../api/v1alpha1/objects.ts'
import { whyNoOpenStack } from '../../hack/lab/cloud/install.ts'
import { ComputeBench } from '../contract/compute-bench.ts'
import { signIn, targetOf } from '../contract/target.ts'
import { START_MS } from '../e2e/harness.ts'
import type { OperatorProcess } from '../e2e/operator-process.ts'
import { RealStage } from './real-stage.ts'
import type { RealTenant } from './real-tenant.ts'

// Resizes on a real OpenStack, with what its drivers can be made to do; everything is checked in Nova itself.

let stage: RealStage
let operator: OperatorProcess
let tenant: RealTenant
let nova: ComputeBench

const SLOW = { timeout: 200_000 }

beforeAll(async () => {
  if (whyNoOpenStack()) return
  stage = await RealStage.start({ services: ['glance', 'nova'] })
  const target = targetOf(stage.cloudsYaml, { downloadPort: 0, now: Date.now, elapse: async (ms) => await sleep(ms) })
  const [demo, admin, reader] = await Promise.all([
    signIn(target, 'demo'),
    signIn(target, 'admin'),
    signIn(target, 'reader'),
  ])
  nova = new ComputeBench(target, { demo, admin, reader, owner: admin })
  await nova.prepare()
  tenant = await stage.tenant({ connected: false })
  operator = await stage.operator({ 'request-timeout-seconds': '10' })
  await tenant.applySecret()
  const credentials = { secretRef: { name: 'vdi-cloud' }, cloudName: 'admin' }
  await tenant.applyCloud({ credentials, project: { name: 'demo' } })
  const limits = { instances: 20, cpus: 40, memory: '20Gi' }
  await tenant.quotas.apply('demo', { cloudRef: { name: 'vdi' }, project: { name: 'demo' }, limits })
  await tenant.quotas.ready('demo')
}, START_MS)
afterAll(async () => {
  await stage?.stop()
}, START_MS)

/** A server of 1 CPU and 64 MiB, its Desktop, and a resize of it to 2 CPUs and 128 MiB. */
interface Case {
  name: string
  fails?: string
  stopped?: boolean
  spec?: Partial<DesktopResize['spec']>
  outcome: 'Succeeded' | 'Failed'
}

async function begin({ name, fails, stopped = false, spec = {} }: Case): Promise<string> {
  const id = await nova.boot(fails === undefined ? {} : { metadata: { 'vdi:fail': fails } })
  if (stopped) await nova.done(id, { 'os-stop': null })
  const source = { type: 'Existing' as const, existing: { id } }
  await tenant.desktops.apply(name, { cloudRef: { name: 'vdi' }, source })
  await tenant.desktops.ready(name)
  await tenant.resizes.apply(name, { desktopRef: { name }, cpus: 2, memory: '128Mi', ...spec })
  return id
}

const isOver = ({ status }: DesktopResize) =>
  status?.outcome !== undefined && status.conditions?.every(({ type }) => type !== 'Reconciling') === true

/** What Nova says of the server, whatever the operator says. */
async function check({ name, stopped = false, outcome }: Case, id: string): Promise<void> {
  const { status } = await tenant.resizes.when(name, isOver)
  expect([name, status?.outcome], JSON.stringify(status)).toEqual([name, outcome])
  const server = await nova.show(id)
  const [vcpus, ram] = outcome === 'Succeeded' ? [2, 128] : [1, 64]
  const state = stopped ? 'SHUTOFF' : 'ACTIVE'
  expect([name, server.status, server.locked, server.flavor.vcpus, server.flavor.ram]).toEqual([
    name,
    state,
    false,
    vcpus,
    ram,
  ])
  const { json } = await nova.get(`/servers/${id}/os-instance-actions`, { by: 'admin' })
  const taken = (action: string) =>
    json.instanceActions.filter((one: { action: string }) => one.action === action).length
  expect([name, taken('resize'), taken('confirmResize')]).toEqual([name, 1, outcome === 'Succeeded' ? 1 : 0])
}

/** Flavors of resizes that no server has, holds, and desktops that are still taken. */
async function leftovers(): Promise<string[]> {
  const [flavors, servers, quotas, desktops] = await Promise.all([
    nova.get('/flavors/detail?is_public=None', { by: 'admin' }),
    nova.get('/servers/detail'),
    tenant.quotas.list(),
    tenant.desktops.list(),
  ])
  const used = new Set(
    (servers.json.servers as { flavor: { original_name: string } }[]).map(({ flavor }) => flavor.original_name),
  )
  const made = (flavors.json.flavors as { name: string }[]).filter(({ name }) => name.startsWith('auxo-resize-'))
  return [
    ...made.filter(({ name }) => !used.has(name)).map(({ name }) => name),
    ...quotas.flatMap(({ status }) => (status?.holds ?? []).map(({ resize }) => `hold of ${resize}`)),
    ...desktops.flatMap(({ metadata, status }) => (status?.activeOperation ? [`operation on ${metadata.name}`] : [])),
  ]
}

/** The quota that Nova counts is that of the servers as they are. */
async function expectExactUse(): Promise<void> {
  const { projectId } = nova.sessions.demo
  const { json } = await nova.get(`/os-quota-sets/${projectId}/detail`, { by: 'admin' })
  const list = await nova.get('/servers/detail')
  const cores = (list.json.servers as { flavor: { vcpus: number } }[]).reduce(
    (sum, { flavor }) => sum + flavor.vcpus,
    0,
  )
  expect(json.quota_set.cores.in_use).toBe(cores)
}

describe.skipIf(whyNoOpenStack())('a resize on a real OpenStack', () => {
  it('succeeds cold and hot, and comes back from failures on source and target', SLOW, async () => {
    const cases: Case[] = [
      { name: 'cold', outcome: 'Succeeded' },
      { name: 'stopped', stopped: true, outcome: 'Succeeded' },
      { name: 'hot', spec: { mode: 'Hot' }, outcome: 'Succeeded' },
      { name: 'source', fails: 'migrate_disk_and_power_off', outcome: 'Failed' },
      { name: 'target', fails: 'finish_migration', stopped: true, outcome: 'Failed' },
    ]
    const ids = await Promise.all(cases.map(begin))
    for (const [index, one] of cases.entries()) await check(one, ids[index] ?? '')
    expect(await leftovers()).toEqual([])
    await expectExactUse()
    const { result } = (await tenant.resizes.get('source'))?.status ?? {}
    expect(result?.message).toContain('migrate_disk_and_power_off')
  })

  it('survives SIGKILL at every step', SLOW, async () => {
    const cases: Case[] = [
      { name: 'killed-cold', outcome: 'Succeeded' },
      { name: 'killed-hot', spec: { mode: 'Hot' }, outcome: 'Succeeded' },
      { name: 'killed-source', fails: 'migrate_disk_and_power_off', outcome: 'Failed' },
      { name: 'killed-target', fails: 'finish_migration', spec: { mode: 'Hot' }, outcome: 'Failed' },
    ]
    const ids = await Promise.all(cases.map(begin))
    const killed = new Set<string>()
    const ours = async () => (await tenant.resizes.list()).filter(({ metadata }) => metadata.name.startsWith('killed-'))
    const deadline = performance.now() + 120_000
    for (let all = await ours(); !all.every(isOver) && performance.now() < deadline; all = await ours()) {
      const intended = all.flatMap(({ status }) => status?.steps?.filter(({ state }) => state === 'Intended') ?? [])
      const fresh = intended.find(({ name }) => !killed.has(name))
      if (fresh === undefined) continue
      killed.add(fresh.name)
      await operator.kill()
      await operator.start()
    }
    for (const [index, one] of cases.entries()) await check(one, ids[index] ?? '')
    expect(await leftovers()).toEqual([])
    await expectExactUse()
    expect(killed.size, [...killed].join(', ')).toBeGreaterThanOrEqual(8)
  })
})
