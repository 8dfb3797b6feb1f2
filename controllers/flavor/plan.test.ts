import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Flavor } from '../../api/v1alpha1/objects.ts'
import { effectivePolicy } from '../../pkg/cloud-objects/policy.ts'
import { flavorDescription, flavorIdFor, flavorMarkOf, markOf } from '../../pkg/openstack/mark.ts'
import type { NovaFlavor } from '../../pkg/openstack/nova-flavor.ts'
import { plan } from './plan.ts'
import { novaFlavor, World } from './testing/world.ts'
import { newFlavor, wantedSize } from './wanted.ts'

const mark = flavorMarkOf('Flavor', markOf('acme', 'desktops', 'office'))
const projects = fc.uniqueArray(fc.constantFrom({ id: 'p1' }, { id: 'p2' }, { name: 'sales' }), { maxLength: 3 })

const spec = fc.record(
  {
    cloudRef: fc.constant({ name: 'vdi' }),
    cpus: fc.constantFrom(1, 4),
    memory: fc.constantFrom('512Mi', '8Gi'),
    disk: fc.constantFrom('0Gi', '40Gi'),
    swap: fc.constant('1Gi'),
    extraSpecs: fc.dictionary(fc.constantFrom('hw:cpu_policy', 'a b', 'x'), fc.constantFrom('1', '2')),
    access: fc.oneof(
      fc.constant({ type: 'Public' as const }),
      projects.map((projects) => ({ type: 'Projects' as const, projects })),
    ),
    deletionPolicy: fc.constantFrom('Delete' as const, 'Retain' as const),
    managementPolicy: fc.constantFrom('Managed' as const, 'Unmanaged' as const),
  },
  { requiredKeys: ['cloudRef', 'cpus', 'memory'] },
)

/** What an earlier life of the object left in Nova, and what it wrote down. */
const earlier = fc.record({
  extraSpecs: fc.dictionary(fc.constantFrom('x', 'old', 'theirs'), fc.constantFrom('1', '3')),
  granted: fc.uniqueArray(fc.constantFrom('p1', 'p9', 'theirs')),
  recorded: fc.boolean(),
})

const scenario = fc.record({
  spec,
  earlier: fc.option(earlier, { nil: undefined }),
  crashes: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 }),
  late: fc.boolean(),
  deleting: fc.boolean(),
})
type Scenario = typeof scenario extends fc.Arbitrary<infer S> ? S : never

/** Things in the same Nova that are not this object's; one was made for a Desktop of the same name. */
function strangers(): NovaFlavor[] {
  const desktops = flavorMarkOf('Desktop', markOf('acme', 'desktops', 'office'))
  return [novaFlavor({ id: 'tiny' }), novaFlavor({ id: 'other', description: flavorDescription(desktops) })]
}

function worldOf({ spec, earlier, late, deleting }: Scenario): World {
  const applied = { appliedExtraSpecs: ['old', 'x'], appliedProjects: ['p1', 'p9'] }
  const deletion = deleting ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}
  const flavor: Flavor = {
    metadata: { name: 'office', namespace: 'desktops', uid: 'u', generation: 1, ...deletion },
    spec,
  }
  const id = flavorIdFor(mark, wantedSize(flavor))
  const wanted = newFlavor(flavor, id, mark)
  const world = new World(earlier?.recorded ? { ...flavor, status: { id, ...applied } } : flavor)
  for (const stranger of strangers()) world.nova.set(stranger.id, stranger)
  if (earlier !== undefined) {
    world.nova.set(id, novaFlavor({ ...wanted, extra_specs: earlier.extraSpecs }))
    world.access.set(id, new Set(earlier.granted))
  } else if (late) world.late = wanted
  if (late || deleting) world.crash()
  return world
}

const made = (world: World) =>
  [...world.nova.values()].filter(({ description }) => description === flavorDescription(mark))

function expectStrangersAlone(world: World): void {
  for (const stranger of strangers()) expect(world.nova.get(stranger.id)).toEqual(stranger)
}

describe('plan', () => {
  it('brings any state to the wanted one, whenever the process dies, and touches nothing of others', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (given) => {
        fc.pre(!given.deleting && given.spec.managementPolicy !== 'Unmanaged')
        const world = worldOf(given)
        const { step, report } = await world.live(given.crashes)
        expect(step.type).toBe('Rest')
        expect(report?.readiness.state).toBe('Ready')
        const [flavor, ...more] = made(world)
        expect(more).toEqual([])
        expect(flavor).toMatchObject({ name: 'office', ...wantedSize(world.object) })
        const { extraSpecs = {}, access } = given.spec
        expect(flavor?.extra_specs).toMatchObject(extraSpecs)
        if (given.earlier?.recorded && !('old' in extraSpecs)) expect(flavor?.extra_specs).not.toHaveProperty('old')
        if (given.earlier && 'theirs' in given.earlier.extraSpecs) expect(flavor?.extra_specs).toHaveProperty('theirs')
        if (access?.type === 'Projects') {
          const granted = [...(world.access.get(flavor?.id ?? '') ?? [])]
          const wanted = access.projects.map((one) => ('id' in one ? one.id : `id-of-${one.name}`))
          expect(granted).toEqual(expect.arrayContaining(wanted))
          if (given.earlier?.recorded) expect(granted).not.toContain('p9')
          if (given.earlier?.granted.includes('theirs')) expect(granted).toContain('theirs')
        }
        expectStrangersAlone(world)
        expect((await world.settle()).step.type).toBe('Rest')
      }),
      { numRuns: 200 },
    )
  })

  it('lets an object go only when nothing of ours is left or can still arrive, and keeps what shall be kept', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (given) => {
        fc.pre(given.deleting)
        const world = worldOf(given)
        const { step } = await world.live(given.crashes)
        expect(step.type).toBe('ReleaseFinalizer')
        const { deletes } = effectivePolicy(world.object)
        if (deletes) {
          world.arrive()
          expect(made(world)).toEqual([])
        } else expect(world.deleted).toEqual([])
        expectStrangersAlone(world)
      }),
      { numRuns: 200 },
    )
  })

  it('stalls where Nova has the name, or another flavor under our id, and does nothing', async () => {
    const flavor: Flavor = {
      metadata: { name: 'office', namespace: 'desktops' },
      spec: { cloudRef: { name: 'vdi' }, cpus: 1, memory: '1Gi' },
    }
    const taken = new World(flavor)
    taken.nova.set('their', novaFlavor({ id: 'their', name: 'office' }))
    expect((await taken.settle()).step).toMatchObject({ type: 'Stall', reason: 'NameTaken' })
    const id = flavorIdFor(mark, wantedSize(flavor))
    const differs = new World(flavor)
    differs.nova.set(id, novaFlavor({ id, name: 'office', ram: 2048 }))
    expect((await differs.settle()).step).toMatchObject({
      reason: 'FlavorDiffers',
      message: expect.stringContaining('ram is 2048, not 1024'),
    })
    expect([taken.nova.size, differs.nova.size]).toEqual([1, 1])
  })

  it('finds an existing flavor by name, watches it, and lets it go as it is', async () => {
    const world = new World({
      metadata: { name: 'office', namespace: 'desktops' },
      spec: { cloudRef: { name: 'vdi' }, existing: { name: 'tiny' }, extraSpecs: { x: '1' } },
    })
    expect((await world.settle()).step).toMatchObject({ type: 'Await', reason: 'FlavorNotFound' })
    world.nova.set('t', novaFlavor({ id: 't', name: 'tiny' }))
    expect((await world.settle()).report?.status).toMatchObject({ id: 't', origin: 'Existing', cpus: 1, memory: '1Gi' })
    expect(world.nova.get('t')?.extra_specs).toEqual({})
    world.nova.delete('t')
    expect((await world.settle()).step).toMatchObject({ type: 'Await', reason: 'FlavorGone' })
  })

  it('names the project that Keystone does not know', async () => {
    const access = { type: 'Projects' as const, projects: [{ name: 'nobody' }] }
    const world = new World({
      metadata: { name: 'office', namespace: 'desktops' },
      spec: { cloudRef: { name: 'vdi' }, cpus: 1, memory: '1Gi', access },
    })
    const { report } = await world.settle()
    expect(report?.readiness).toMatchObject({ state: 'Reconciling', reason: 'ProjectNotFound' })
  })

  it('waits where the cloud cannot be asked, and says so', () => {
    const closed = { state: 'Closed', reason: 'CloudUnavailable', message: 'm', starting: false } as const
    const flavor = (fields: object): Flavor => ({
      metadata: { name: 'office', namespace: 'desktops', ...fields },
      spec: { cloudRef: { name: 'vdi' }, cpus: 1, memory: '1Gi' },
    })
    expect(plan(flavor({}), closed)).toMatchObject({ type: 'AwaitCloud', reason: 'CloudUnavailable' })
    expect(plan(flavor({ deletionTimestamp: '2026-01-01T00:00:00Z' }), closed)).toMatchObject({ type: 'AwaitCloud' })
  })
})
