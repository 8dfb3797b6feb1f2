import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { KeyPair } from '../../api/v1alpha1/objects.ts'
import { plan } from './plan.ts'
import { isSameKey, newKeyPair } from './public-key.ts'
import { times, World } from './testing/world.ts'

const key = 'ssh-ed25519 AAAAC3Nza office@example.org'
const otherKey = 'ssh-ed25519 AAAAC3Nzb office@example.org'

const spec = fc.record(
  {
    cloudRef: fc.constant({ name: 'vdi' }),
    publicKey: fc.constant(key),
    keyPairName: fc.constant('The Office'),
    user: fc.constantFrom({ id: 'u2' }, { name: 'sales' }),
    deletionPolicy: fc.constantFrom('Delete' as const, 'Retain' as const),
  },
  { requiredKeys: ['cloudRef', 'publicKey'] },
)

const scenario = fc.record({
  spec,
  /** A pair of that name that is there already. */
  there: fc.option(
    fc.record({
      key: fc.constantFrom(key, `${key}\n`, 'ssh-ed25519 AAAAC3Nza', otherKey),
      madeAt: fc.constantFrom(times.before, times.object, times.after),
    }),
    { nil: undefined },
  ),
  /** What an earlier life wrote down. */
  recorded: fc.constantFrom('Created' as const, 'Existing' as const, undefined),
  crashes: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 }),
  late: fc.boolean(),
  deleting: fc.boolean(),
})
type Scenario = typeof scenario extends fc.Arbitrary<infer S> ? S : never

function objectOf(spec: KeyPair['spec'], metadata: Partial<KeyPair['metadata']> = {}): KeyPair {
  const named = { name: 'office', namespace: 'desktops', creationTimestamp: times.object }
  return { metadata: { ...named, ...metadata }, spec }
}

function userOf({ user }: KeyPair['spec']): string {
  return user === undefined ? 'me' : (user.id ?? `id-of-${user.name}`)
}

function worldOf({ spec, there, recorded, late, deleting }: Scenario): World {
  const object = objectOf(spec, deleting ? { deletionTimestamp: times.after } : {})
  const status = recorded && there && { origin: recorded, fingerprint: 'f', name: newKeyPair(object).name }
  const world = new World({ ...object, ...(status ? { status } : {}) })
  world.put('me', { name: 'other', type: 'ssh', public_key: key }, times.after)
  if (there) world.put(userOf(spec), { ...newKeyPair(object), public_key: there.key }, there.madeAt)
  else if (late && spec.user === undefined) world.late = newKeyPair(object)
  if (late || deleting) world.crash()
  return world
}

const pairOf = ({ nova, object }: World) => nova.get(`${userOf(object.spec)}/${newKeyPair(object).name}`)
const isForeign = ({ there }: Scenario) => there?.key === otherKey
const wasOurs = ({ there, recorded }: Scenario) =>
  there === undefined || (recorded ?? (there.madeAt === times.before ? 'Existing' : 'Created')) === 'Created'

describe('plan', () => {
  it('has the key in Nova in the end, whenever the process dies, and never touches a pair with another key', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (given) => {
        fc.pre(!given.deleting)
        const world = worldOf(given)
        const { step, report } = await world.live(given.crashes)
        expect(world.deleted).toEqual([])
        if (isForeign(given)) {
          expect(report?.readiness).toMatchObject({ state: 'Stalled', reason: 'NameTaken' })
          expect(pairOf(world)?.public_key).toBe(otherKey)
        } else {
          expect(step.type).toBe('Rest')
          expect(pairOf(world)).toMatchObject({ type: 'ssh', public_key: expect.stringContaining('AAAAC3Nza') })
          expect(report?.status).toMatchObject({ origin: wasOurs(given) ? 'Created' : 'Existing' })
        }
      }),
      { numRuns: 200 },
    )
  })

  it('leaves nothing of ours behind that was made or can still arrive, and leaves alone what was there before', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (given) => {
        fc.pre(given.deleting)
        const world = worldOf(given)
        const { step } = await world.live(given.crashes)
        expect(step.type).toBe('ReleaseFinalizer')
        world.arrive()
        const isGone = pairOf(world) === undefined
        if (given.spec.deletionPolicy === 'Retain') expect(world.deleted).toEqual([])
        else expect(isGone).toBe(!isForeign(given) && wasOurs(given))
        expect(world.nova.has('me/other')).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  it('takes one call to Nova for a new object, and none at rest', async () => {
    const world = new World(objectOf({ cloudRef: { name: 'vdi' }, publicKey: key }))
    await world.settle()
    expect(world.calls).toBe(1)
    await world.settle()
    expect(world.calls).toBe(1)
  })

  it('leaves the pair to the older of two objects, also when the younger one is deleted', async () => {
    const object = objectOf({ cloudRef: { name: 'vdi' }, publicKey: key })
    const older = objectOf(object.spec, { name: 'older', creationTimestamp: times.before })
    const world = new World(object)
    world.others = [older]
    world.put('me', newKeyPair(object), times.after)
    expect((await world.settle()).report?.readiness).toMatchObject({ state: 'Stalled', reason: 'KeyPairTaken' })
    world.object = { ...world.object, metadata: { ...world.object.metadata, deletionTimestamp: times.after } }
    expect((await world.settle()).step.type).toBe('ReleaseFinalizer')
    expect(world.deleted).toEqual([])
  })

  it('names the user whom Keystone does not know, and lets the object go', async () => {
    const object = objectOf({ cloudRef: { name: 'vdi' }, publicKey: key, user: { name: 'nobody' } })
    const world = new World(object)
    expect((await world.settle()).report?.readiness).toMatchObject({ state: 'Reconciling', reason: 'UserNotFound' })
    world.object = { ...object, metadata: { ...object.metadata, deletionTimestamp: times.after } }
    expect((await world.settle()).step.type).toBe('ReleaseFinalizer')
  })

  it('waits where the cloud cannot be asked, and says so', () => {
    const closed = { state: 'Closed', reason: 'CloudUnavailable', message: 'm', starting: false } as const
    const spec = { cloudRef: { name: 'vdi' }, publicKey: key }
    expect(plan(objectOf(spec), closed)).toMatchObject({ type: 'AwaitCloud', reason: 'CloudUnavailable' })
    expect(plan(objectOf(spec, { deletionTimestamp: times.after }), closed)).toMatchObject({ type: 'AwaitCloud' })
  })
})

describe('isSameKey', () => {
  const pem = (body: string) => ({
    type: 'x509' as const,
    public_key: `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`,
  })
  it.each([
    [{ type: 'ssh' as const, public_key: key }, { type: 'ssh' as const, public_key: 'ssh-ed25519  AAAAC3Nza\n' }, true],
    [{ type: 'ssh' as const, public_key: key }, { type: 'ssh' as const, public_key: otherKey }, false],
    [{ type: 'ssh' as const, public_key: key }, { type: 'x509' as const, public_key: key }, false],
    [pem('AAAA\r\nBBBB'), pem('AAAABBBB'), true],
    [pem('AAAA'), pem('BBBB'), false],
  ])('%o and %o: %s', (one, other, same) => expect(isSameKey(one, other)).toBe(same))
})
