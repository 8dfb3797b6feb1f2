import { beforeAll, describe, expect, it } from 'vitest'
import { computeBench } from './compute-bench.ts'
import { UNKNOWN_ID } from './image-bench.ts'
import { networkBench } from './network-bench.ts'
import { patiently } from './patiently.ts'
import type { Target } from './target.ts'

/** What servers have of Neutron and Cinder: ports, addresses, security groups, volumes. */
export function novaNetworksContract(target: () => Target): void {
  describe('Nova: networks and volumes of servers', () => {
    const bench = networkBench(target)
    const compute = computeBench(target)
    const mark = crypto.randomUUID().slice(0, 8)
    let desktops = ''

    const boot = async (fields: object): Promise<string> => {
      const id = await compute().boot(fields)
      const { status, fault } = await compute().show(id)
      expect(status, JSON.stringify(fault)).toBe('ACTIVE')
      return id
    }
    /** At once, past the time in which it could be restored. */
    const remove = async (id: string) => {
      await compute().act(id, { forceDelete: null })
      await patiently(`${id} is gone`, async () => (await compute().get(`/servers/${id}`)).status === 404)
    }
    const portsOf = async (id: string) => (await bench().get(`/ports?device_id=${id}`)).json.ports
    const addresses = async (id: string) => {
      const { addresses: shown } = await compute().show(id)
      return Object.entries(shown as Record<string, Record<string, unknown>[]>).flatMap(([network, list]) =>
        list.map((one) => `${network} ${one['OS-EXT-IPS:type']} ${one['addr']}`),
      )
    }

    beforeAll(async () => {
      desktops = await bench().network('desktops')
    })

    it('refuses networks, ports, addresses and groups that cannot be had', async () => {
      const onUnknown = await compute().create({ networks: [{ uuid: UNKNOWN_ID }] })
      expect([onUnknown.status, onUnknown.json.badRequest.message]).toEqual([
        ...[400, `Network ${UNKNOWN_ID} could not be found.`],
      ])
      const withUnknown = await compute().create({ networks: [{ port: UNKNOWN_ID }] })
      expect([withUnknown.status, withUnknown.json.badRequest.message]).toEqual([
        ...[400, `Port id ${UNKNOWN_ID} could not be found.`],
      ])
      const group = await compute().create({ networks: [{ uuid: desktops }], security_groups: [{ name: 'nonsense' }] })
      expect([group.status, group.json.badRequest.message]).toEqual([
        ...[400, "Unable to find security_group with name or id 'nonsense'"],
      ])
      const fixed_ips = [{ ip_address: '10.20.6.6' }]
      await bench().make('port', { network_id: desktops, fixed_ips, device_id: 'other' })
      const taken = await compute().create({ networks: [{ uuid: desktops, fixed_ip: '10.20.6.6' }] })
      expect([taken.status, taken.json.badRequest.message]).toEqual([
        ...[400, 'Fixed IP address 10.20.6.6 is already in use on instance other.'],
      ])
      const ambiguous = await compute().create({ networks: 'auto' })
      expect([ambiguous.status, ambiguous.json.conflictingRequest.message]).toEqual([
        ...[409, 'Multiple possible networks found, use a Network ID to be more specific.'],
      ])
    })

    it('finds out on the host that a network is an external one', async () => {
      const answer = await compute().create({ networks: [{ uuid: await bench().network('public') }] })
      expect(answer.status).toBe(202)
      const { id } = answer.json.server
      const failed = await patiently('an error', async () => {
        const server = await compute().show(id)
        return server.status === 'ERROR' && server
      })
      expect(failed.fault.message).toContain(`Build of instance ${id} aborted: `)
      expect(await portsOf(id)).toEqual([])
    })

    it('makes a port with the address and groups that were asked for, and takes it away', async () => {
      const group = await bench().make('security_group', { name: mark })
      const networks = [{ uuid: desktops, fixed_ip: '10.20.6.7' }]
      const id = await boot({ networks, security_groups: [{ name: mark }] })
      expect((await compute().show(id)).security_groups).toEqual([{ name: mark }])
      expect(await addresses(id)).toEqual(['desktops fixed 10.20.6.7'])
      const [port] = await portsOf(id)
      expect(port).toMatchObject({ status: 'ACTIVE', device_owner: 'compute:nova', security_groups: [group.id] })

      const floating = await bench().make('floatingip', {
        floating_network_id: await bench().network('public'),
        port_id: port.id,
      })
      const outside = `desktops floating ${floating.floating_ip_address}`
      await patiently('the floating ip', async () => (await addresses(id)).includes(outside))
      await bench().put('floatingip', floating.id, { port_id: null })
      await patiently('no floating ip', async () => !(await addresses(id)).includes(outside))

      expect((await compute().act(id, { addSecurityGroup: { name: 'default' } })).status).toBe(202)
      expect((await portsOf(id))[0].security_groups).toHaveLength(2)
      expect((await compute().act(id, { removeSecurityGroup: { name: group.id } })).status).toBe(202)
      const again = await compute().act(id, { removeSecurityGroup: { name: group.id } })
      expect([again.status, again.json.itemNotFound.message]).toEqual([
        ...[404, `Security group ${group.id} not associated with the instance ${id}`],
      ])
      expect((await compute().act(id, { addSecurityGroup: { name: 'nonsense' } })).status).toBe(404)
      await remove(id)
      expect(await portsOf(id)).toEqual([])
    })

    it('leaves a port that it was given, and takes one that it was not', async () => {
      const given = await bench().make('port', { network_id: desktops, name: mark })
      const id = await boot({ networks: [{ port: given.id }] })
      expect((await compute().create({ networks: [{ port: given.id }] })).status).toBe(409)
      const attached = await compute().post(`/servers/${id}/os-interface`, {
        interfaceAttachment: { net_id: await bench().network('shared') },
      })
      expect(attached.status).toBe(200)
      const { port_id } = attached.json.interfaceAttachment
      await patiently('two addresses', async () => (await addresses(id)).length === 2)
      expect((await compute().show(id)).security_groups).toEqual([{ name: 'default' }, { name: 'default' }])
      await remove(id)
      expect((await bench().get(`/ports/${port_id}`)).status).toBe(404)
      const left = (await bench().get(`/ports/${given.id}`)).json.port
      expect(left).toMatchObject({ status: 'DOWN', device_id: '', device_owner: '' })
    })

    it('attaches a volume, and frees it with the server', async () => {
      const cinder = bench().sessions.demo.service('block-storage')
      const { json } = await cinder.post('/volumes', { volume: { size: 1, name: mark } })
      const { id: volumeId } = json.volume
      const volume = async () => (await cinder.get(`/volumes/${volumeId}`)).json?.volume
      const disk = { source_type: 'volume', uuid: volumeId, destination_type: 'volume', boot_index: -1 }
      const root = { source_type: 'image', uuid: compute().image, destination_type: 'local', boot_index: 0 }
      const block_device_mapping_v2 = [
        { ...root, delete_on_termination: true },
        { ...disk, delete_on_termination: false },
      ]
      await patiently('available', async () => (await volume()).status === 'available')
      const id = await boot({ networks: 'none', block_device_mapping_v2 })
      expect(await volume()).toMatchObject({ status: 'in-use', attachments: [{ server_id: id, volume_id: volumeId }] })
      expect((await cinder.delete(`/volumes/${volumeId}`)).status).toBe(400)
      await remove(id)
      await patiently('free', async () => (await volume()).status === 'available')
      expect((await volume()).attachments).toEqual([])
      expect((await cinder.delete(`/volumes/${volumeId}`)).status).toBe(202)
    })
  })
}
