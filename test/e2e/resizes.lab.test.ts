import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kstatus } from '../../hack/judges/kstatus.ts'
import { conditionOf } from '../../pkg/kube/conditions.ts'
import { eventually } from '../support/eventually.ts'
import { START_MS, Stage } from './harness.ts'
import { ResizeScene } from './resize-scene.ts'

// Resizes on the in-memory cloud: their whole life, replays, the race for quota, and the death of the operator at
// every step.

let stage: Stage
let scene: ResizeScene

beforeAll(async () => {
  stage = await Stage.start()
  scene = await ResizeScene.start(stage)
  await scene.quota({ cpus: -1, memory: '-1' })
}, START_MS)
afterAll(async () => {
  await stage?.stop()
}, START_MS)

const verdict = async (name: string) => (await kstatus([(await scene.tenant.resizes.get(name)) as never]))[0]?.status

describe('a resize', () => {
  it('gives a running desktop its new size, and leaves nothing else changed', async () => {
    await scene.desktop('cold')
    await scene.resize('cold-more', 'cold')
    await scene.tenant.desktops.when('cold', (desktop) => conditionOf(desktop, 'Resizing')?.status === 'True')
    expect(await scene.ended('cold-more')).toMatchObject({ outcome: 'Succeeded', from: { cpus: 1 }, to: { cpus: 2 } })
    expect(scene.server('cold')).toMatchObject({ vmState: 'active', lockedBy: null, flavor: { vcpus: 2, ram: 1024 } })
    expect([scene.taken('cold', 'stop'), scene.taken('cold', 'resize'), scene.taken('cold', 'confirmResize')]).toEqual([
      1, 1, 1,
    ])
    expect(await scene.leftovers()).toEqual([])
    expect(await verdict('cold-more')).toBe('Current')
    // As soon as it is ready again it shows what it has, however long ago the last list was.
    const { status } = await scene.tenant.desktops.ready('cold')
    expect(status).toMatchObject({ cpus: 2, executedResizes: [{ key: 'cold-more', outcome: 'Succeeded' }] })
  })

  it('is hot where that is asked for, and goes back where a person says so', async () => {
    await scene.desktop('hot')
    await scene.resize('hot-more', 'hot', { mode: 'Hot', confirm: 'Manual' })
    await scene.tenant.resizes.reason('hot-more', 'AwaitingDecision')
    await scene.resize('hot-more', 'hot', { mode: 'Hot', confirm: 'Manual', decision: 'Revert' })
    expect(await scene.ended('hot-more')).toMatchObject({ outcome: 'Reverted' })
    expect(scene.server('hot')).toMatchObject({ vmState: 'active', flavor: { vcpus: 1 } })
    expect(scene.taken('hot', 'stop')).toBe(0)
    expect(await scene.leftovers()).toEqual([])
  })

  it('that fails leaves the old size, and says where and why', async () => {
    await scene.desktop('source', { metadata: { 'vdi:fail': 'migrate_disk_and_power_off' } })
    await scene.desktop('target', { metadata: { 'vdi:fail': 'finish_migration' }, stopped: true })
    await scene.resize('source-more', 'source')
    await scene.resize('target-more', 'target')
    for (const [name, vmState] of [
      ['source', 'active'],
      ['target', 'stopped'],
    ] as const) {
      const status = await scene.ended(`${name}-more`)
      expect(status).toMatchObject({ outcome: 'Failed', result: { reason: 'ResizeFailed' } })
      expect(status.result?.message).toContain('fails by request')
      expect(scene.server(name)).toMatchObject({ vmState, flavor: { vcpus: 1 } })
      expect(await verdict(`${name}-more`)).toBe('Failed')
    }
    expect(await scene.leftovers()).toEqual([])
  })

  it('is refused where Nova would not, and where there is nothing to do', async () => {
    await scene.desktop('refused')
    scene.server('refused').vmState = 'paused'
    await scene.resize('refused-more', 'refused')
    expect(await scene.ended('refused-more')).toMatchObject({ outcome: 'Refused', result: { reason: 'NotResizable' } })
    scene.server('refused').vmState = 'active'
    await scene.resize('refused-same', 'refused', { cpus: 1, memory: '512Mi' })
    expect(await scene.ended('refused-same')).toMatchObject({ outcome: 'Unchanged' })
    expect(await verdict('refused-same')).toBe('Current')
    expect(scene.taken('refused', 'lock')).toBe(0)
  })

  it('is cancelled at the nearest safe point', async () => {
    await scene.desktop('cancelled', { metadata: { 'vdi:delay': 'power_off=3' } })
    await scene.resize('cancelled-more', 'cancelled')
    await scene.tenant.resizes.reason('cancelled-more', 'PoweringOff')
    await scene.resize('cancelled-more', 'cancelled', { desiredState: 'Cancelled' })
    expect(await scene.ended('cancelled-more')).toMatchObject({ outcome: 'Cancelled' })
    expect(scene.server('cancelled')).toMatchObject({ vmState: 'active', lockedBy: null, flavor: { vcpus: 1 } })
    expect(await scene.leftovers()).toEqual([])
  })
})

describe('made again from Git', () => {
  it('is not carried out again, whatever was lost', async () => {
    const { resizes, desktops } = scene.tenant
    await scene.desktop('git')
    await scene.resize('git-more', 'git')
    await scene.ended('git-more')
    await resizes.remove('git-more')
    await scene.resize('git-more', 'git')
    expect(await scene.ended('git-more')).toMatchObject({ outcome: 'Skipped', result: { reason: 'AlreadyExecuted' } })
    await resizes.remove('git-more')
    await scene.resize('git-more', 'git', { cpus: 4 })
    expect(await scene.ended('git-more')).toMatchObject({
      outcome: 'Refused',
      result: { reason: 'IdempotencyKeyReused' },
    })
    await scene.resize('git-most', 'git', { cpus: 3 })
    await scene.ended('git-most')
    // A cluster built again: neither the desktop nor the resizes know anything.
    for (const name of ['git-more', 'git-most']) await resizes.remove(name)
    await desktops.wipeStatus('git')
    await desktops.ready('git')
    await scene.resize('git-more', 'git')
    await scene.resize('git-most', 'git', { cpus: 3 })
    for (const name of ['git-more', 'git-most']) expect(await scene.ended(name)).toMatchObject({ outcome: 'Skipped' })
    expect(scene.taken('git', 'resize')).toBe(2)
  })

  it('is gone on with where the object was removed by force half way', async () => {
    await scene.desktop('forced', { metadata: { 'vdi:delay': 'finish_migration=2' } })
    await scene.resize('forced-more', 'forced')
    await scene.tenant.resizes.reason('forced-more', 'Resizing')
    await scene.tenant.resizes.vanish('forced-more')
    await scene.tenant.resizes.gone('forced-more')
    await scene.resize('forced-more', 'forced')
    expect(await scene.ended('forced-more')).toMatchObject({ outcome: 'Succeeded' })
    expect(scene.taken('forced', 'resize')).toBe(1)
    expect(scene.server('forced')).toMatchObject({ vmState: 'active', lockedBy: null, flavor: { vcpus: 2 } })
    expect(await scene.leftovers()).toEqual([])
  })
})

/** Requests of a cold resize that change something, in their order, by path below the server. */
const requests = [
  ['it is on record', 'metadata', 0],
  ['the lock', 'action', 0],
  ['the stop', 'action', 1],
  ['the resize', 'action', 2],
  ['the confirm', 'action', 3],
  ['the start', 'action', 4],
  ['the unlock', 'action', 5],
  ['the outcome is on record', 'metadata', 1],
] as const

describe('killed', () => {
  it('before and after every request, each resize ends as if nothing had happened', { timeout: 180_000 }, async () => {
    const points = requests.flatMap((one) =>
      (['HangBefore', 'HangAfter'] as const).map((type) => [...one, type] as const),
    )
    const faults = await Promise.all(
      points.map(async ([, part, skip, type], index) => {
        const id = await scene.desktop(`killed-${index}`)
        const path = new RegExp(`/servers/${id}/${part}$`)
        return scene.tenant.cloud.faults.add({
          match: { service: 'compute', method: 'POST', path },
          skip,
          action: { type },
        })
      }),
    )
    await Promise.all(points.map((_, index) => scene.resize(`killed-${index}`, `killed-${index}`)))
    // A request that hangs is given up after a while: the first kill is while most of them still hang.
    await eventually('every request was kept once', () => faults.every(({ hits }) => hits > 0), { timeoutMs: 40_000 })
    await scene.operator.kill()
    await scene.operator.start()
    for (const [index, [what, , , type]] of points.entries()) {
      const { outcome } = await scene.ended(`killed-${index}`)
      const { vmState, flavor } = scene.server(`killed-${index}`)
      const taken = ['resize', 'confirmResize'].map((action) => scene.taken(`killed-${index}`, action))
      expect([what, type, outcome, vmState, flavor.vcpus, taken]).toEqual([
        what,
        type,
        'Succeeded',
        'active',
        2,
        [1, 1],
      ])
    }
    expect(await scene.leftovers()).toEqual([])
  })
})

describe('the race for quota', () => {
  it('fifty resizes over room for twenty: twenty end, thirty wait, Nova refuses none', {
    timeout: 240_000,
  }, async () => {
    const race = await ResizeScene.start(stage)
    const names = Array.from({ length: 50 }, (_, index) => `pc-${index}`)
    await Promise.all(names.map((name) => race.desktop(name)))
    await race.quota({ memory: `${50 * 512 + 20 * 512}Mi` })
    await Promise.all(names.map((name) => race.resize(name, name, { cpus: 1 })))
    const outcomes = async () =>
      (await race.tenant.resizes.list()).map(
        ({ status }) => status?.outcome ?? conditionOf({ status } as never, 'Ready')?.reason,
      )
    await eventually(
      'twenty have ended and thirty wait',
      async () => {
        const all = await outcomes()
        const count = (what: string) => all.filter((one) => one === what).length
        return count('Succeeded') === 20 && count('QuotaExceeded') === 30
      },
      { timeoutMs: 120_000 },
    )
    const refused = race.tenant.cloud.requests.all({ service: 'compute' }).filter(({ status }) => status === 403)
    expect(refused).toEqual([])
    const { status } = await race.tenant.quotas.when(
      'demo',
      (quota) => quota.status?.available?.memoryMiB === 0 && quota.status.held?.memoryMiB === 0,
    )
    expect(status?.used?.memoryMiB).toBe(50 * 512 + 20 * 512)
    const all = await race.tenant.resizes.list()
    const winner = all.find(({ status: one }) => one?.outcome === 'Succeeded')?.metadata.name ?? ''
    await race.tenant.resizes.apply('pc-x', { desktopRef: { name: winner }, cpus: 1, memory: '512Mi' })
    await eventually(
      'one shrinks, and another takes its room',
      async () => (await outcomes()).filter((one) => one === 'Succeeded').length === 22,
      { timeoutMs: 90_000 },
    )
    await race.operator.stop()
  })
})
