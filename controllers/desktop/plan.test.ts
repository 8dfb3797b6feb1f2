import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Desktop } from '../../api/v1alpha1/objects.ts'
import { markKey } from '../../pkg/openstack/mark.ts'
import { powerStateOf } from './power.ts'
import { type Fate, novaServer, World } from './testing/world.ts'

const mark = 'acme/desktops/pc'
const fates = fc.array(
  fc.constantFrom<Fate>('Answered', 'LostBefore', 'LostAfter', 'DiesBefore', 'DiesAfter', 'Refused'),
  {
    maxLength: 4,
  },
)
const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined })
const wishes = fc.record({
  powerState: maybe(fc.constantFrom('Running', 'Stopped', 'Paused', 'Suspended', 'Shelved')),
  lock: maybe(fc.constantFrom('Locked', 'Unlocked')),
  metadata: maybe(fc.constantFrom({ role: 'desk' }, {})),
  securityGroups: maybe(fc.constantFrom(['web'], ['default', 'web'])),
  resources: maybe(fc.constantFrom({ cpus: 4 }, { memory: '8Gi' })),
})

function desktop(wish: object, fields: Partial<Desktop> = {}): Desktop {
  const spec = { cloudRef: { name: 'vdi' }, source: { type: 'Template', template: { name: 'office' } }, ...wish }
  return JSON.parse(
    JSON.stringify({ metadata: { name: 'pc', namespace: 'desktops', uid: 'uid-1', generation: 1 }, spec, ...fields }),
  )
}

const ours = (world: World) => [...world.servers.values()].filter(({ metadata }) => metadata[markKey] === mark)

describe('a Desktop', () => {
  it('ends with exactly one server as it is wanted, whatever becomes of requests and processes', async () => {
    await fc.assert(
      fc.asyncProperty(wishes, fates, async (wish, fate) => {
        const world = new World(desktop(wish))
        world.fates.push(...fate)
        const { step, report } = await world.settle()
        expect(step.type).toBe('Rest')
        expect(report?.readiness.state).toBe('Ready')
        const [server, ...others] = ours(world)
        expect(others).toEqual([])
        expect(world.servers.size).toBe(1)
        if (wish.powerState) expect(powerStateOf(server?.vm_state ?? '')).toBe(wish.powerState)
        if (wish.lock) expect(server?.locked).toBe(wish.lock === 'Locked')
        if (wish.securityGroups) expect(server?.security_groups).toEqual(wish.securityGroups)
        expect(server?.metadata).toMatchObject(wish.metadata ?? {})
        expect(server?.flavor.vcpus).toBe(wish.resources && 'cpus' in wish.resources ? 4 : 2)
        // A second look has nothing to do.
        const before = structuredClone([...world.servers])
        expect((await world.settle()).step.type).toBe('Rest')
        expect([...world.servers]).toEqual(before)
      }),
      { numRuns: 300 },
    )
  })

  it('leaves nothing of its own behind, and lets go only then', async () => {
    await fc.assert(
      fc.asyncProperty(wishes, fates, fc.nat(12), fc.boolean(), async (wish, fate, steps, lost) => {
        const world = new World(desktop(wish))
        const foreign = novaServer({ id: 'foreign', name: 'pc', tags: ['auxo-other'] })
        world.servers.set('foreign', foreign)
        world.fates.push(...fate)
        for (let taken = 0; taken < steps; taken++) await world.step()
        if (lost) world.crash()
        const metadata = { ...world.object.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' }
        world.object = { ...world.object, metadata }
        expect((await world.settle()).step.type).toBe('ReleaseFinalizer')
        expect([...world.servers.values()]).toEqual([foreign])
        expect(world.flavors.size).toBe(0)
      }),
      { numRuns: 300 },
    )
  })

  it('finds its server by the mark when status is lost', async () => {
    const world = new World(desktop({ powerState: 'Running' }))
    await world.settle()
    const { status: _, ...bare } = world.object
    world.object = bare
    world.crash()
    expect((await world.settle()).step.type).toBe('Rest')
    expect(world.requests).toBe(1)
    expect(world.object.status?.id).toBe(ours(world)[0]?.id)
  })

  it('does not make again what was up once and is gone, until it is asked to', async () => {
    const world = new World(desktop({}))
    await world.settle()
    world.servers.clear()
    const { step, report } = await world.settle()
    expect(step).toMatchObject({ type: 'Stall', reason: 'ServerGone' })
    expect(report?.conditions).toContainEqual(expect.objectContaining({ type: 'Gone', status: 'True' }))
    const metadata = { ...world.object.metadata, annotations: { 'vdi.auxo.dev/refresh': '1' } }
    world.object = { ...world.object, metadata }
    expect((await world.settle()).step.type).toBe('Rest')
    expect(world.servers.size).toBe(1)
  })

  it('changes nothing of a server that is not managed, and never deletes one that it did not make', async () => {
    await fc.assert(
      fc.asyncProperty(wishes, fc.constantFrom('Managed', 'Unmanaged', undefined), async (wish, managementPolicy) => {
        const source = { type: 'Existing', existing: { id: 'there' } }
        const { resources: _, ...changes } = wish
        const world = new World(desktop({ ...changes, source, managementPolicy }))
        const there = novaServer({ id: 'there', security_groups: ['default'] })
        world.servers.set('there', there)
        await world.settle()
        if (managementPolicy !== 'Managed') expect(world.servers.get('there')).toEqual(there)
        const metadata = { ...world.object.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' }
        world.object = { ...world.object, metadata }
        await world.settle()
        expect([...world.servers.keys()]).toEqual(['there'])
      }),
      { numRuns: 100 },
    )
  })

  it('touches nothing while an operation has the server', async () => {
    const world = new World(desktop({ powerState: 'Running' }))
    await world.settle()
    const activeOperation = { kind: 'DesktopResize', name: 'more', uid: 'u', startTime: '2026-01-01T00:00:00Z' }
    world.object = { ...world.object, status: { ...world.object.status, activeOperation } }
    const [server] = ours(world)
    world.servers.set(
      server?.id ?? '',
      novaServer({ ...server, id: server?.id ?? '', status: 'SHUTOFF', vm_state: 'stopped' }),
    )
    const { report } = await world.settle()
    expect(report?.readiness).toMatchObject({ state: 'Reconciling', reason: 'Resizing' })
    expect(ours(world)[0]?.vm_state).toBe('stopped')
  })

  it('waits for a stranger to unlock, and works through its own lock', async () => {
    const world = new World(desktop({ lock: 'Locked' }))
    await world.settle()
    world.object = { ...world.object, spec: { ...world.object.spec, powerState: 'Stopped' } }
    expect((await world.settle()).step.type).toBe('Rest')
    expect(ours(world)[0]).toMatchObject({ vm_state: 'stopped', locked: true })
    const [server] = ours(world)
    world.servers.set(server?.id ?? '', { ...(server ?? novaServer({ id: 'x' })), locked_reason: 'mine' })
    world.object = { ...world.object, spec: { ...world.object.spec, powerState: 'Running' } }
    expect((await world.settle()).step).toMatchObject({ type: 'Await', reason: 'LockedByOther' })
  })

  it('waits for a server group of exactly that name', async () => {
    const { step } = await new World(desktop({ serverGroup: { name: 'Apart' } })).settle()
    expect(step).toMatchObject({ type: 'Await', reason: 'ServerGroupNotFound' })
    const world = new World(desktop({ serverGroup: { name: 'apart' } }))
    expect((await world.settle()).step.type).toBe('Rest')
    expect(world.groups).toEqual(['group-1'])
  })
})
