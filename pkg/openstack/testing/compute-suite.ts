import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { eventually } from '../../../test/support/eventually.ts'
import type { CloudServices } from '../cloud-services.ts'
import { flavorDescription, flavorIdFor, markOf, readFlavorMark } from '../mark.ts'
import type { NovaServer } from '../nova-server.ts'
import { creationMetadata, readServerMark } from '../server-metadata.ts'
import { serverLife } from './server-life-suite.ts'

/** A cloud as the suite needs it: an administrator of another project, and a member of demo. */
export interface ComputeTarget {
  admin: CloudServices
  demo: CloudServices
  /** Ids. */
  demoProject: string
  demoUser: string
  image: string
}

const flavorOf = (mark: string) => {
  const size = { vcpus: 1, ram: 256, disk: 1 }
  const description = flavorDescription(mark)
  return { id: flavorIdFor(mark, size), name: mark.replaceAll('/', '-'), ...size, is_public: false, description }
}

/** What the services of Nova answer; run on the cloud in memory and on the real one. */
export function computeSuite(target: () => Promise<ComputeTarget>): void {
  describe('flavors', () => {
    it('are made with a chosen id, found again, and deleted', async () => {
      const { admin } = await target()
      const mark = markOf('acme', 'desktops', randomUUID())
      const flavor = { ...flavorOf(mark), swap: 512 }
      const expected = { ...flavor, ephemeral: 0, rxtx_factor: 1, disabled: false, extra_specs: {} }
      expect(await admin.flavors.create(flavor)).toEqual(expected)
      const again = { class: 'Conflict', code: 'FlavorExists' }
      await expect(admin.flavors.create(flavor)).rejects.toMatchObject(again)
      await expect(admin.flavors.create({ ...flavor, id: randomUUID() })).rejects.toMatchObject(again)
      expect(await admin.flavors.get(flavor.id)).toEqual(expected)
      expect((await admin.flavors.page()).flavors.filter((one) => readFlavorMark(one) === mark)).toEqual([expected])
      expect(await admin.flavors.describe(flavor.id, 'other')).toMatchObject({ description: 'other' })
      expect(await admin.flavors.remove(flavor.id)).toBe('Removed')
      expect(await admin.flavors.remove(flavor.id)).toBe('Absent')
      expect(await admin.flavors.get(flavor.id)).toBeUndefined()
    })

    it('take extra specs, of kinds that Nova does not know too', async () => {
      const { admin } = await target()
      const flavor = flavorOf(markOf('acme', 'desktops', randomUUID()))
      await admin.flavors.create(flavor)
      await admin.flavors.setExtraSpecs(flavor.id, { 'quota:cpu_shares': '10', 'hw:odd_old_kind': 'yes' })
      await admin.flavors.setExtraSpecs(flavor.id, { 'quota:cpu_shares': '20' })
      expect(await admin.flavors.removeExtraSpec(flavor.id, 'hw:odd_old_kind')).toBe('Removed')
      expect(await admin.flavors.removeExtraSpec(flavor.id, 'hw:odd_old_kind')).toBe('Absent')
      expect(await admin.flavors.get(flavor.id)).toMatchObject({ extra_specs: { 'quota:cpu_shares': '20' } })
      await admin.flavors.remove(flavor.id)
      const gone = { class: 'NotFound', code: 'FlavorNotFound' }
      await expect(admin.flavors.setExtraSpecs(flavor.id, { a: 'b' })).rejects.toMatchObject(gone)
    })

    it('are for those who have access; changes are for administrators', async () => {
      const { admin, demo, demoProject } = await target()
      const flavor = flavorOf(markOf('acme', 'desktops', randomUUID()))
      await admin.flavors.create(flavor)
      expect(await demo.flavors.get(flavor.id)).toBeUndefined()
      await admin.flavors.addAccess(flavor.id, demoProject)
      await admin.flavors.addAccess(flavor.id, demoProject)
      expect(await admin.flavors.access(flavor.id)).toEqual([demoProject])
      expect((await demo.flavors.page()).flavors.map(({ id }) => id)).toContain(flavor.id)
      expect(await admin.flavors.removeAccess(flavor.id, demoProject)).toBe('Removed')
      expect(await admin.flavors.removeAccess(flavor.id, demoProject)).toBe('Absent')
      expect((await demo.flavors.page()).flavors.map(({ id }) => id)).not.toContain(flavor.id)
      const forbidden = { class: 'Refused', code: 'Forbidden' }
      await expect(demo.flavors.create({ ...flavor, id: randomUUID() })).rejects.toMatchObject(forbidden)
      await admin.flavors.remove(flavor.id)
    })

    it('are refused where they make no sense', async () => {
      const { admin } = await target()
      const flavor = { ...flavorOf(markOf('acme', 'desktops', randomUUID())), vcpus: 0 }
      const invalid = { class: 'InvalidSpec', code: 'FlavorInvalid' }
      await expect(admin.flavors.create(flavor)).rejects.toMatchObject(invalid)
    })
  })

  describe('key pairs', () => {
    const public_key = `ssh-ed25519 ${Buffer.concat([
      Buffer.from('0000000b7373682d6564323535313900000020', 'hex'),
      Buffer.alloc(32, 7),
    ]).toString('base64')} pc`

    it('are imported, for oneself or by an administrator for another, and deleted', async () => {
      const { admin, demo, demoUser } = await target()
      const name = `kp-${randomUUID()}`
      const made = await demo.keyPairs.create({ name, type: 'ssh', public_key })
      expect(made).toMatchObject({ name, type: 'ssh', public_key })
      expect(made.fingerprint).toMatch(/^([0-9a-f]{2}:){15}/)
      const exists = { class: 'Conflict', code: 'KeyPairExists' }
      await expect(demo.keyPairs.create({ name, type: 'ssh', public_key })).rejects.toMatchObject(exists)
      expect(await admin.keyPairs.get(name)).toBeUndefined()
      // `created_at` is told by GET only.
      expect(await admin.keyPairs.get(name, { user: demoUser })).toMatchObject(made)
      expect((await demo.keyPairs.page()).keyPairs).toContainEqual(made)
      expect(await admin.keyPairs.remove(name, { user: demoUser })).toBe('Removed')
      expect(await demo.keyPairs.remove(name)).toBe('Absent')
      const other = { name, type: 'ssh', public_key } as const
      expect(await admin.keyPairs.create(other, { user: demoUser })).toEqual(made)
      expect(await demo.keyPairs.remove(name)).toBe('Removed')
    })

    it('are refused with a name that cannot be, and a key that is none', async () => {
      const { demo } = await target()
      const invalid = { class: 'InvalidSpec', code: 'KeyPairInvalid' }
      const pair = { name: 'pc', type: 'ssh', public_key } as const
      await expect(demo.keyPairs.create({ ...pair, name: 'a/b' })).rejects.toMatchObject(invalid)
      await expect(demo.keyPairs.create({ ...pair, public_key: 'nonsense' })).rejects.toMatchObject(invalid)
    })
  })

  describe('quotas', () => {
    it('are read with what is used, set, and taken back', async () => {
      const { admin, demo, demoProject } = await target()
      const before = await demo.computeQuotas.get(demoProject)
      expect(before['cores']).toEqual({ limit: expect.any(Number), in_use: expect.any(Number), reserved: 0 })
      await admin.computeQuotas.update(demoProject, { cores: 77, ram: -1 })
      expect(await admin.computeQuotas.get(demoProject)).toMatchObject({ cores: { limit: 77 }, ram: { limit: -1 } })
      await admin.computeQuotas.reset(demoProject)
      expect(await admin.computeQuotas.get(demoProject)).toEqual(before)
      const forbidden = { class: 'Refused', code: 'Forbidden' }
      await expect(demo.computeQuotas.update(demoProject, { cores: 1 })).rejects.toMatchObject(forbidden)
      await expect(admin.computeQuotas.update('nonsense', { cores: 1 })).rejects.toMatchObject({ class: 'InvalidSpec' })
    })
  })

  serverLife(target)
}

/** Makes a server of demo and waits until it runs. */
export async function runningServer({ admin, demo, demoProject, image }: ComputeTarget): Promise<{
  server: NovaServer
  flavors: string[]
}> {
  const flavors = await Promise.all(
    [256, 512].map(async (ram) => {
      const mark = markOf('acme', 'flavors', randomUUID())
      const { id } = await admin.flavors.create({ ...flavorOf(mark), ram })
      await admin.flavors.addAccess(id, demoProject)
      return id
    }),
  )
  const mark = markOf('acme', 'desktops', 'pc')
  const tag = `auxo-${randomUUID()}`
  const { id, requestId } = await demo.servers.create({
    ...{ name: 'pc', flavorRef: flavors[0] ?? '', imageRef: image, networks: 'none', tags: [tag] },
    metadata: creationMetadata(mark),
  })
  expect(requestId).toMatch(/^req-/)
  const [found] = await demo.servers.findByTag(tag)
  expect(found).toMatchObject({ id, name: 'pc', tags: [tag], tenant_id: demoProject })
  expect(found && readServerMark(found)).toBe(mark)
  return { server: await settled(demo, id, 'ACTIVE'), flavors }
}

/** The server, once it does nothing more and has this status. */
export function settled({ servers }: CloudServices, id: string, status: string): Promise<NovaServer> {
  return eventually(
    `the server is ${status}`,
    async () => {
      const server = await servers.get(id)
      return server?.status === status && server.task_state === undefined ? server : undefined
    },
    { timeoutMs: 90_000, intervalMs: 50 },
  )
}
