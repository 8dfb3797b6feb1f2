import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Desktop } from '../../api/v1alpha1/objects.ts'
import type { AttachmentFate } from './testing/small-attachments.ts'
import { novaServer, World } from './testing/world.ts'

const fates = fc.array(
  fc.constantFrom<AttachmentFate>('Answered', 'LostBefore', 'LostAfter', 'DiesBefore', 'DiesAfter'),
  { maxLength: 4 },
)
const known = ['data', 'more', 'third']
const volumes = fc
  .subarray(known)
  .map((ids) => ids.map((id) => ({ name: id, volume: id === 'data' ? { name: 'data' } : { id } })))

function scene(fields: object): World {
  const source = { type: 'Existing', existing: { id: 'there' } }
  const spec = { cloudRef: { name: 'vdi' }, source, managementPolicy: 'Managed', ...fields }
  const world = new World({
    metadata: { name: 'pc', namespace: 'desktops', uid: 'uid-1', generation: 1 },
    spec,
  } as Desktop)
  for (const id of known) world.attachments.add(id)
  const elsewhere = [{ server_id: 'other', device: '/dev/vdb' }]
  world.attachments.add('taken', { status: 'in-use', attachments: elsewhere })
  const volumes_attached = [{ id: 'foreign', delete_on_termination: false }]
  world.servers.set('there', novaServer({ id: 'there', volumes_attached }))
  return world
}

const change = (world: World, fields: object) => {
  world.object = { ...world.object, spec: { ...world.object.spec, ...fields } }
}
const attached = (world: World) =>
  world.servers
    .get('there')
    ?.volumes_attached.map(({ id }) => id)
    .toSorted()
const recorded = (world: World) => world.object.status?.appliedVolumes?.map(({ volumeID }) => volumeID)

describe('volumes of a desktop', () => {
  it('are those of spec and those of others, whatever becomes of requests and processes', async () => {
    await fc.assert(
      fc.asyncProperty(volumes, fates, volumes, fates, async (first, early, then, late) => {
        const world = scene({ volumes: first })
        for (const [wanted, fate] of [[first, early] as const, [then, late] as const]) {
          change(world, { volumes: wanted })
          world.attachments.fates.splice(0, 4, ...fate)
          expect((await world.settle()).step.type).toBe('Rest')
          const names = wanted.map(({ name }) => name)
          expect(attached(world)).toEqual([...names, 'foreign'].toSorted())
          expect(recorded(world) ?? []).toEqual(names.toSorted())
        }
      }),
      { numRuns: 200 },
    )
  })

  it('are waited for where they are missing or in use; the others are attached', async () => {
    const world = scene({
      volumes: [
        { name: 'a', volume: { id: 'taken' } },
        { name: 'b', volume: { id: 'data' } },
      ],
    })
    expect((await world.settle()).step).toMatchObject({ type: 'Await', reason: 'VolumeInUse' })
    expect(attached(world)).toEqual(['data', 'foreign'])
    change(world, { volumes: [{ name: 'a', volume: { name: 'DATA' } }] })
    expect((await world.settle()).step).toMatchObject({ type: 'Await', reason: 'VolumeNotFound' })
    change(world, { volumes: undefined })
    expect((await world.settle()).step.type).toBe('Rest')
    expect(attached(world)).toEqual(['foreign'])
    expect(recorded(world)).toBeUndefined()
  })

  it('are called by their id where several have the name', async () => {
    const world = scene({ volumes: [{ name: 'a', volume: { name: 'twin' } }] })
    world.attachments.add('one', { name: 'twin' })
    world.attachments.add('two', { name: 'twin' })
    const { step } = await world.settle()
    expect(step).toMatchObject({ reason: 'VolumeNotFound', message: expect.stringContaining('use the id') })
  })

  it('are not touched where the server is not managed', async () => {
    const world = scene({ volumes: [{ name: 'a', volume: { id: 'data' } }], managementPolicy: 'Unmanaged' })
    expect((await world.settle()).step.type).toBe('Rest')
    expect(attached(world)).toEqual(['foreign'])
  })
})
