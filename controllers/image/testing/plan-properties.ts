import fc from 'fast-check'
import { expect } from 'vitest'
import type { Image } from '../../../api/v1alpha1/objects.ts'
import { effectivePolicy } from '../../../pkg/cloud-objects/policy.ts'
import type { GlanceImage, GlanceStatus } from '../../../pkg/openstack/glance-image.ts'
import { imageIdFor, markKey, markOf, markProperty, readMark } from '../../../pkg/openstack/mark.ts'
import { importMethod } from '../import-method.ts'
import { uncheckedKey } from '../unchecked.ts'
import { glanceImage, rightHash, World } from './world.ts'

const mark = markOf('acme', 'desktops', 'office')

const spec = fc.record(
  {
    cloudRef: fc.constant({ name: 'vdi' }),
    source: fc.constantFrom<Image['spec']['source']>(
      { type: 'HTTP', http: { url: 'https://example.org/office.raw' } },
      { type: 'HTTP', http: { url: 'https://example.org/office.raw', via: 'Glance' } },
      { type: 'Upload' },
      { type: 'Upload', upload: { via: 'Glance' } },
    ),
    diskFormat: fc.constant('raw' as const),
    imageName: fc.constantFrom('Office', 'Büro'),
    minDisk: fc.constantFrom('1Gi', '1Ti'),
    protection: fc.constantFrom('Protected' as const, 'Unprotected' as const),
    visibility: fc.constantFrom('Private' as const, 'Shared' as const),
    tags: fc.uniqueArray(fc.constantFrom('gold', 'silver', 'x'), { maxLength: 3 }),
    properties: fc.dictionary(fc.constantFrom('os_type', 'a/b~c', 'hw_disk_bus'), fc.constantFrom('1', '2')),
    deletionPolicy: fc.constantFrom('Delete' as const, 'Retain' as const),
    managementPolicy: fc.constantFrom('Managed' as const, 'Unmanaged' as const),
  },
  { requiredKeys: ['cloudRef', 'source', 'diskFormat'] },
)

const status = fc.option(
  fc.record(
    {
      attempt: fc.integer({ min: 1, max: 3 }),
      state: fc.constantFrom('queued', 'active'),
      appliedTags: fc.uniqueArray(fc.constantFrom('gold', 'old'), { maxLength: 2 }),
      appliedProperties: fc.uniqueArray(fc.constantFrom('os_type', 'old'), { maxLength: 2 }),
    },
    { requiredKeys: [] },
  ),
  { nil: undefined },
)

/** An image that some earlier life of the object left in Glance. */
const ours = fc.record({
  attempt: fc.integer({ min: 1, max: 3 }),
  status: fc.constantFrom<GlanceStatus>('queued', 'saving', 'uploading', 'active', 'killed'),
  hash: fc.constantFrom(rightHash, 'b'.repeat(128)),
  marked: fc.boolean(),
  /** What stands with an image that goes by the staging area. */
  unchecked: fc.constantFrom('true', rightHash),
  /** All bytes are in the staging area. */
  staged: fc.boolean(),
  protected: fc.boolean(),
  tags: fc.uniqueArray(fc.constantFrom('gold', 'old', 'theirs'), { maxLength: 3 }),
})

const scenario = fc.record({
  spec,
  status,
  ours: fc.option(ours, { nil: undefined }),
  usedUp: fc.uniqueArray(fc.integer({ min: 1, max: 3 }), { maxLength: 3 }),
  crashes: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 }),
  deleting: fc.boolean(),
})
type Scenario = typeof scenario extends fc.Arbitrary<infer S> ? S : never

/** Things in the same cloud that are not this object's: another's, a snapshot with our mark copied, a nameless one. */
function strangers(): GlanceImage[] {
  return [
    glanceImage({ id: '11111111-1111-4111-8111-111111111111', name: 'office' }),
    glanceImage({
      id: '22222222-2222-4222-8222-222222222222',
      properties: { [markKey]: markProperty(mark, imageIdFor(mark, 1)) },
    }),
    glanceImage({
      id: imageIdFor(markOf('acme', 'desktops', 'other'), 1),
      properties: {
        [markKey]: markProperty(
          markOf('acme', 'desktops', 'other'),
          imageIdFor(markOf('acme', 'desktops', 'other'), 1),
        ),
      },
    }),
  ]
}

function worldOf({ spec, status, ours, usedUp, deleting }: Scenario): World {
  const known = status?.attempt === undefined ? status : { ...status, id: imageIdFor(mark, status.attempt) }
  const image: Image = {
    metadata: {
      name: 'office',
      namespace: 'desktops',
      uid: 'u',
      generation: 1,
      ...(deleting ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    },
    spec,
    ...(known === undefined ? {} : { status: known }),
  }
  const world = new World(image)
  for (const stranger of strangers()) world.glance.set(stranger.id, stranger)
  for (const attempt of usedUp) world.usedUp.add(imageIdFor(mark, attempt))
  // An image that is there without a record is found by its mark only.
  const attempt = status?.attempt ?? ours?.attempt
  if (ours !== undefined && attempt !== undefined && !usedUp.includes(attempt)) {
    const id = imageIdFor(mark, attempt)
    const marked = ours.marked || status?.attempt === undefined
    const direct = importMethod(image) === 'glance-direct'
    const properties = {
      ...(marked ? { [markKey]: markProperty(mark, id) } : {}),
      ...(direct ? { [uncheckedKey]: ours.unchecked } : {}),
    }
    const data = {
      ...(ours.status === 'active' ? { os_hash_algo: 'sha512', os_hash_value: ours.hash } : {}),
      ...(direct && ours.status === 'uploading' && ours.staged ? { size: 5 } : {}),
    }
    world.glance.set(
      id,
      glanceImage({ id, status: ours.status, protected: ours.protected, tags: ours.tags, properties, ...data }),
    )
  }
  return world
}

const owned = (world: World) => [...world.glance.values()].filter((image) => readMark(image) === mark)

/** What holds for every spec, every status, everything that an earlier life left, and every moment of death. */
export const planProperties = {
  'brings any state to the wanted one, whenever the process dies, and touches nothing of others': fc.asyncProperty(
    scenario,
    async (given) => {
      fc.pre(!given.deleting && given.spec.managementPolicy !== 'Unmanaged')
      const world = worldOf(given)
      // A protected image of ours whose data is given up cannot be replaced; that is told, not forced.
      const replaced = given.ours?.status !== 'active' || importMethod(world.object) === 'glance-direct'
      fc.pre(given.ours?.protected !== true || !replaced)
      const { step, report } = await world.live(given.crashes)
      expect(step.type).toBe('Rest')
      expect(report?.readiness.state).toBe('Ready')
      const [image, ...more] = owned(world)
      expect(more).toEqual([])
      expect(image).toMatchObject({ status: 'active', name: given.spec.imageName ?? 'office' })
      for (const [key, value] of Object.entries(given.spec.properties ?? {})) expect(image?.properties[key]).toBe(value)
      if (importMethod(world.object) === 'glance-direct') expect(image?.os_hash_value).toBe(rightHash)
      if (importMethod(world.object) !== undefined) expect(image).toMatchObject({ os_hidden: false })
      expect(image?.properties).not.toHaveProperty(uncheckedKey)
      for (const tag of given.spec.tags ?? []) expect(image?.tags).toContain(tag)
      for (const stranger of strangers()) expect(world.glance.get(stranger.id)).toEqual(stranger)
    },
  ),

  'lets an object go only when nothing of ours is left, and keeps what shall be kept': fc.asyncProperty(
    scenario,
    async (given) => {
      fc.pre(given.deleting)
      const world = worldOf(given)
      const before = new Map(world.glance)
      const { step } = await world.live(given.crashes)
      const { deletes } = effectivePolicy(world.object)
      const guarded = deletes && given.ours?.protected === true && given.spec.protection !== 'Unprotected'
      if (step.type === 'ReleaseFinalizer') {
        if (deletes) expect(owned(world)).toEqual([])
        else expect([...world.glance.keys()]).toEqual([...before.keys()])
      } else {
        expect(guarded).toBe(true)
        expect(step).toMatchObject({ type: 'Await', reason: 'ImageProtected' })
      }
      for (const stranger of strangers()) expect(world.glance.get(stranger.id)).toEqual(stranger)
    },
  ),

  'rests: a second look at what is as it is wanted has nothing to do': fc.asyncProperty(scenario, async (given) => {
    fc.pre(!given.deleting && given.spec.managementPolicy !== 'Unmanaged' && given.ours === undefined)
    const world = worldOf(given)
    await world.settle()
    const status = world.object.status
    const glance = structuredClone(world.glance)
    const again = await world.settle()
    expect(again.step.type).toBe('Rest')
    expect(world.object.status).toEqual(status)
    expect(world.glance).toEqual(glance)
  }),
}
