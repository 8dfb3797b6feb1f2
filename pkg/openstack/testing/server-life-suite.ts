import { describe, expect, it } from 'vitest'
import { eventually } from '../../../test/support/eventually.ts'
import type { CloudServices } from '../cloud-services.ts'
import { createServerInventory } from '../server-inventory.ts'
import type { Receipt } from '../service-api.ts'
import { type ComputeTarget, runningServer, settled } from './compute-suite.ts'

/** What a server goes through from its making to its end; part of `computeSuite`. */
export function serverLife(target: () => Promise<ComputeTarget>): void {
  describe('servers', () => {
    it('are changed, locked, stopped, resized and deleted, and each refusal says what it means', async () => {
      const cloud = await target()
      const { server, flavors } = await runningServer(cloud)
      const { id } = server
      await changes(cloud, id)
      await locks(cloud, id)
      const { demo, admin } = cloud
      await demo.serverActions.stop(id)
      await settled(demo, id, 'SHUTOFF')
      const stopped = demo.serverActions.stop(id)
      await expect(stopped).rejects.toMatchObject({ class: 'Conflict', code: 'ServerStateConflict' })
      await resizes(cloud, id, flavors)
      await demo.serverActions.start(id)
      await settled(demo, id, 'ACTIVE')
      expect(await demo.servers.remove(id)).toBe('Removed')
      await eventually('the server is gone', async () => {
        const left = await demo.servers.get(id)
        return left === undefined || left.status === 'SOFT_DELETED'
      })
      for (const flavor of flavors) await admin.flavors.remove(flavor)
    })

    it('are paused, suspended, shelved, rebooted, and deleted for good', async () => {
      const cloud = await target()
      const { admin, demo } = cloud
      const { server, flavors } = await runningServer(cloud)
      const { id } = server
      const { serverActions } = demo
      const steps: [() => Promise<Receipt>, string][] = [
        [() => serverActions.pause(id), 'PAUSED'],
        [() => serverActions.unpause(id), 'ACTIVE'],
        [() => serverActions.suspend(id), 'SUSPENDED'],
        [() => serverActions.resume(id), 'ACTIVE'],
        [() => serverActions.shelve(id), 'SHELVED'],
        [() => serverActions.unshelve(id), 'ACTIVE'],
        [() => admin.serverActions.resetState(id, 'error'), 'ERROR'],
        [() => serverActions.reboot(id, 'HARD'), 'ACTIVE'],
      ]
      for (const [act, status] of steps) {
        expect((await act()).requestId).toMatch(/^req-/)
        await settled(demo, id, status)
      }
      await demo.servers.remove(id)
      await eventually('the server is deleted', async () => (await demo.servers.get(id))?.status === 'SOFT_DELETED')
      await demo.servers.forceRemove(id)
      await eventually('the server is gone', async () => (await demo.servers.get(id)) === undefined)
      const gone = { class: 'NotFound', code: 'ServerNotFound' }
      await expect(demo.servers.forceRemove(id)).rejects.toMatchObject(gone)
      expect(await demo.servers.remove(id)).toBe('Absent')
      for (const flavor of flavors) await admin.flavors.remove(flavor)
    })

    it('are kept in an inventory, without full lists', async () => {
      const cloud = await target()
      const inventory = createServerInventory(cloud.demo.servers, { intervalSeconds: 3600 })
      const controller = new AbortController()
      const done = inventory.run(controller.signal)
      await inventory.refresh()
      const { server, flavors } = await runningServer(cloud)
      await inventory.refresh()
      expect(inventory.byIndex('mark', 'acme/desktops/pc').map(({ id }) => id)).toContain(server.id)
      expect(inventory.byIndex('tag', server.tags[0] ?? '')).toMatchObject([{ id: server.id, status: 'ACTIVE' }])
      expect(inventory.byIndex('flavor', server.flavor.original_name)).toHaveLength(1)
      await cloud.demo.serverActions.lock(server.id, 'pause')
      await inventory.refresh()
      expect(inventory.get(server.id)).toMatchObject({ locked: true, locked_reason: 'pause' })
      await cloud.demo.serverActions.unlock(server.id)
      await cloud.demo.servers.remove(server.id)
      await eventually('the inventory has seen it go', async () => {
        await inventory.refresh()
        return inventory.get(server.id) === undefined
      })
      for (const flavor of flavors) await cloud.admin.flavors.remove(flavor)
      controller.abort()
      await done
    })
  })
}

async function changes({ demo }: ComputeTarget, id: string): Promise<void> {
  await demo.servers.update(id, { name: 'renamed', description: 'one of ours' })
  await demo.servers.setMetadata(id, { a: '1', b: '2' })
  expect(await demo.servers.removeMetadata(id, 'a')).toBe('Removed')
  expect(await demo.servers.removeMetadata(id, 'a')).toBe('Absent')
  await demo.servers.addTag(id, 'office')
  await demo.servers.addTag(id, 'home')
  expect(await demo.servers.removeTag(id, 'office')).toBe('Removed')
  expect(await demo.servers.removeTag(id, 'office')).toBe('Absent')
  const server = await demo.servers.get(id)
  expect(server).toMatchObject({ name: 'renamed', description: 'one of ours', metadata: { b: '2' } })
  expect(server?.metadata).not.toHaveProperty('a')
  expect(server?.tags).toContain('home')
  const long = demo.servers.setMetadata(id, { a: 'x'.repeat(256) })
  await expect(long).rejects.toMatchObject({ class: 'InvalidSpec', code: 'ServerInvalid' })
}

/** A lock by an administrator from another project holds against members. */
async function locks({ admin, demo }: ComputeTarget, id: string): Promise<void> {
  await admin.serverActions.lock(id, 'resize pc-042')
  expect(await demo.servers.get(id)).toMatchObject({ locked: true, locked_reason: 'resize pc-042' })
  const locked = { class: 'Refused', code: 'ServerLocked' }
  await expect(demo.serverActions.stop(id)).rejects.toMatchObject(locked)
  await expect(demo.servers.remove(id)).rejects.toMatchObject(locked)
  await expect(demo.serverActions.unlock(id)).rejects.toMatchObject({ class: 'Refused', code: 'LockedByAdministrator' })
  await admin.serverActions.unlock(id)
  const server = await demo.servers.get(id)
  expect(server).toMatchObject({ locked: false })
  expect(server).not.toHaveProperty('locked_reason')
}

async function resizes({ admin, demo }: ComputeTarget, id: string, [small = '', large = '']: string[]): Promise<void> {
  const { serverActions, servers } = demo
  expect(await servers.flavorIdOf(id)).toBe(small)
  await expect(serverActions.resize(id, small)).rejects.toMatchObject({ class: 'Conflict', code: 'SameFlavor' })
  const over = { class: 'Conflict', code: 'ServerStateConflict' }
  await expect(serverActions.confirmResize(id)).rejects.toMatchObject(over)
  const { requestId } = await serverActions.resize(id, large)
  await settled(demo, id, 'VERIFY_RESIZE')
  const [migration] = await admin.migrations.ofServer(id)
  expect(migration).toMatchObject({ instance_uuid: id, migration_type: 'resize', status: 'finished' })
  await expect(demo.migrations.ofServer(id)).rejects.toMatchObject({ class: 'Refused', code: 'MigrationsForbidden' })
  const closed = servers.setMetadata(id, { late: 'yes' })
  await expect(closed).rejects.toMatchObject(over)
  await serverActions.confirmResize(id)
  await eventually('the resize is confirmed', async () => (await newest(admin, id)) === 'confirmed')
  expect(await settled(demo, id, 'SHUTOFF')).toMatchObject({ flavor: { ram: 512, vcpus: 1 } })
  expect(await servers.flavorIdOf(id)).toBe(large)
  const actions = await demo.instanceActions.ofServer(id)
  expect(actions.map(({ action }) => action)).toEqual(
    expect.arrayContaining(['create', 'stop', 'resize', 'confirmResize']),
  )
  expect(actions.at(-1)?.action).toBe('create')
  const resize = await demo.instanceActions.get(id, requestId ?? '')
  expect(resize).toMatchObject({ action: 'resize', request_id: requestId, instance_uuid: id })
  expect(resize?.events?.every(({ result }) => result === 'Success')).toBe(true)
  expect(await demo.instanceActions.get(id, 'req-nowhere')).toBeUndefined()
}

async function newest({ migrations }: CloudServices, id: string): Promise<string | undefined> {
  return (await migrations.ofServer(id))[0]?.status
}
