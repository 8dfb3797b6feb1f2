import { describe, expect, it } from 'vitest'
import { UNKNOWN_ID } from './image-bench.ts'
import { errorOf, networkBench } from './network-bench.ts'
import { Client, type Target } from './target.ts'

/** Networks and ports. */
export function neutronContract(target: () => Target): void {
  describe('Neutron: networks and ports', () => {
    const bench = networkBench(target)
    const mark = crypto.randomUUID().slice(0, 8)

    it('is in the catalogue without its version, and asks for a token', async () => {
      const { endpoint } = bench().client()
      expect(endpoint).not.toMatch(/v2\.0/)
      const { status, headers, json } = await new Client(endpoint, 'bad').get('/v2.0/networks')
      expect(status).toBe(401)
      expect(headers.get('www-authenticate')).toMatch(/^Keystone uri=/)
      expect(json.error.code).toBe(401)
      expect((await bench().get('/networks')).headers.get('x-openstack-request-id')).toMatch(/^req-/)
    })

    it('shows the own networks, shared and external ones', async () => {
      const { json } = await bench().get('/networks')
      const names = json.networks.map((one: { name: string }) => one.name)
      expect(names).toEqual(expect.arrayContaining(['desktops', 'shared', 'public']))
      const [desktops] = (await bench().get('/networks?name=desktops')).json.networks
      expect(desktops).toMatchObject({
        ...{ name: 'desktops', status: 'ACTIVE', admin_state_up: true, shared: false, 'router:external': false },
        ...{ project_id: bench().sessions.demo.projectId, tenant_id: bench().sessions.demo.projectId, tags: [] },
      })
      expect(desktops.subnets).toHaveLength(1)
      expect(desktops).not.toHaveProperty('provider:network_type')
      const asAdmin = await bench().get(`/networks/${desktops.id}`, 'admin')
      expect(asAdmin.json.network).toHaveProperty('provider:network_type')
      const external = (await bench().get('/networks?router:external=true&fields=name')).json.networks
      expect(external).toEqual([{ name: 'public' }])
    })

    it('filters by several values, refuses filters that it does not know, and pages', async () => {
      expect((await bench().get('/networks?name=desktops&name=shared')).json.networks).toHaveLength(2)
      expect((await bench().get('/networks?name=D%C3%A9sktops')).json.networks).toHaveLength(1)
      expect(errorOf(await bench().get('/networks?frob=1'))).toEqual([
        ...[400, 'HTTPBadRequest', "['frob'] is invalid attribute for filtering"],
      ])
      const first = await bench().get('/networks?limit=1')
      expect(first.json.networks).toHaveLength(1)
      const { href } = first.json.networks_links.find((one: { rel: string }) => one.rel === 'next')
      expect(href).toContain(`marker=${first.json.networks[0].id}`)
      expect(href).toContain('/v2.0/networks?')
    })

    it('knows no unknown ones, and takes no names for ids', async () => {
      for (const id of [UNKNOWN_ID, 'desktops']) {
        expect(errorOf(await bench().get(`/networks/${id}`))).toEqual([
          ...[404, 'NetworkNotFound', `Network ${id} could not be found.`],
        ])
        expect((await bench().get(`/ports/${id}`)).status).toBe(404)
      }
    })

    it('lets members make networks, and readers only look', async () => {
      const { id, project_id } = await bench().make('network', { name: mark })
      expect(project_id).toBe(bench().sessions.demo.projectId)
      const refused = await bench().post('network', { name: mark }, 'reader')
      expect(errorOf(refused).slice(0, 2)).toEqual([403, 'PolicyNotAuthorized'])
      expect((await bench().post('network', { name: mark, shared: true })).status).toBe(403)
      expect((await bench().get(`/networks/${id}`, 'reader')).status).toBe(200)
      expect((await bench().put('network', id, { name: 'x' }, 'reader')).status).toBe(403)
      expect((await bench().put('network', await bench().network('shared'), { name: 'x' })).status).toBe(403)
      expect((await bench().put('network', id, { name: `${mark}-2` })).json.network.name).toBe(`${mark}-2`)
      expect(errorOf(await bench().post('network', { frob: 1 }))).toEqual([
        ...[400, 'HTTPBadRequest', "Unrecognized attribute(s) 'frob'"],
      ])
      const twin = await bench().make('network', { name: `${mark}-2` })
      expect((await bench().get(`/networks?name=${mark}-2`)).json.networks).toHaveLength(2)
      expect((await bench().delete('network', twin.id)).status).toBe(204)
      expect((await bench().get(`/networks/${twin.id}`)).status).toBe(404)
    })

    it('keeps a network, its subnet and a group while ports use them', async () => {
      const { id: network_id } = await bench().make('network', { name: mark })
      const bare = await bench().make('port', { network_id })
      expect(bare.fixed_ips).toEqual([])
      expect((await bench().delete('port', bare.id)).status).toBe(204)
      const subnet = await bench().make('subnet', { network_id, ip_version: 4, cidr: '192.168.7.0/30' })
      expect(subnet).toMatchObject({
        ...{ gateway_ip: '192.168.7.1', enable_dhcp: true },
        allocation_pools: [{ start: '192.168.7.2', end: '192.168.7.2' }],
      })
      const group = await bench().make('security_group', { name: mark })
      const port = await bench().make('port', { network_id, security_groups: [group.id] })
      expect(errorOf(await bench().delete('network', network_id)).slice(0, 2)).toEqual([409, 'NetworkInUse'])
      expect(errorOf(await bench().delete('subnet', subnet.id)).slice(0, 2)).toEqual([409, 'SubnetInUse'])
      expect(errorOf(await bench().delete('security_group', group.id)).slice(0, 2)).toEqual([409, 'SecurityGroupInUse'])
      expect(errorOf(await bench().post('port', { network_id })).slice(0, 2)).toEqual([
        409,
        'IpAddressGenerationFailure',
      ])
      for (const { id } of (await bench().get(`/ports?network_id=${network_id}`)).json.ports) {
        expect((await bench().delete('port', id)).status).toBe(204)
      }
      expect((await bench().get(`/ports/${port.id}`)).status).toBe(404)
      expect((await bench().delete('network', network_id)).status).toBe(204)
      expect((await bench().get(`/subnets/${subnet.id}`)).status).toBe(404)
    })

    it('makes ports that are DOWN until an administrator binds them', async () => {
      const network_id = await bench().network('desktops')
      const port = await bench().make('port', { network_id, name: mark, device_id: UNKNOWN_ID })
      expect(port).toMatchObject({
        ...{ status: 'DOWN', admin_state_up: true, device_owner: '', device_id: UNKNOWN_ID },
        'binding:vnic_type': 'normal',
      })
      expect(port.mac_address).toMatch(/^fa:16:3e:/)
      expect(port.fixed_ips[0].ip_address).toMatch(/^10\.20\./)
      const [group] = port.security_groups
      expect((await bench().get(`/security-groups/${group}`)).json.security_group.name).toBe('default')
      expect(port).not.toHaveProperty('binding:host_id')
      expect((await bench().get(`/ports/${port.id}`, 'admin')).json.port['binding:vif_type']).toBe('unbound')
      expect((await bench().put('port', port.id, { 'binding:host_id': 'compute1' })).status).toBe(403)
      const bound = await bench().put('port', port.id, { 'binding:host_id': 'compute1' }, 'admin')
      expect(bound.status).toBe(200)
      const shown = (await bench().get(`/ports/${port.id}`, 'admin')).json.port
      expect(shown).toMatchObject({ status: 'ACTIVE', 'binding:vif_type': 'ovs', 'binding:host_id': 'compute1' })
      expect((await bench().get(`/ports?device_id=${UNKNOWN_ID}&fields=id`)).json.ports).toEqual([{ id: port.id }])
    })

    it('gives the address that is asked for, if it is free and the network is the own one', async () => {
      const network_id = await bench().network('desktops')
      const at = (ip_address: string) => bench().post('port', { network_id, fixed_ips: [{ ip_address }] })
      const first = await at('10.20.5.5')
      expect(first.json.port.fixed_ips[0].ip_address).toBe('10.20.5.5')
      expect(errorOf(await at('10.20.5.5')).slice(0, 2)).toEqual([409, 'IpAddressAlreadyAllocated'])
      expect(errorOf(await at('192.168.1.1')).slice(0, 2)).toEqual([400, 'InvalidIpForNetwork'])
      const found = await bench().get('/ports?fixed_ips=ip_address%3D10.20.5.5')
      expect(found.json.ports.map((one: { id: string }) => one.id)).toEqual([first.json.port.id])
      const shared = await bench().network('shared')
      const port = await bench().make('port', { network_id: shared })
      expect(port.fixed_ips[0].ip_address).toMatch(/^10\.40\./)
      const chosen = { network_id: shared, fixed_ips: [{ ip_address: '10.40.5.5' }] }
      expect((await bench().post('port', chosen)).status).toBe(403)
      expect(errorOf(await bench().post('port', { network_id: UNKNOWN_ID })).slice(0, 2)).toEqual([
        404,
        'NetworkNotFound',
      ])
    })
  })
}
