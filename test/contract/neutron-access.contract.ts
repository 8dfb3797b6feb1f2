import { describe, expect, it } from 'vitest'
import { UNKNOWN_ID } from './image-bench.ts'
import { errorOf, networkBench } from './network-bench.ts'
import type { Target } from './target.ts'

/** Security groups and floating ips. */
export function neutronAccessContract(target: () => Target): void {
  describe('Neutron: security groups and floating ips', () => {
    const bench = networkBench(target)
    const mark = crypto.randomUUID().slice(0, 8)

    it('gives each project a default group that stays', async () => {
      const { json } = await bench().get('/security-groups?name=default')
      expect(json.security_groups).toHaveLength(1)
      const [group] = json.security_groups
      expect(group).toMatchObject({ name: 'default', stateful: true, project_id: bench().sessions.demo.projectId })
      const rules = group.security_group_rules.map((one: Record<string, unknown>) => [
        ...[one['direction'], one['ethertype'], one['remote_group_id'] === group.id],
      ])
      expect(rules).toHaveLength(4)
      expect(rules).toEqual(
        expect.arrayContaining([
          ['egress', 'IPv4', false],
          ['egress', 'IPv6', false],
          ['ingress', 'IPv4', true],
          ['ingress', 'IPv6', true],
        ]),
      )
      expect(errorOf(await bench().delete('security_group', group.id)).slice(0, 2)).toEqual([
        ...[409, 'SecurityGroupCannotRemoveDefault'],
      ])
      expect((await bench().put('security_group', group.id, { name: 'other' })).status).toBe(409)
      expect((await bench().post('security_group', { name: 'default' })).status).toBe(409)
    })

    it('keeps groups with rules; names need not be unique', async () => {
      const group = await bench().make('security_group', { name: mark, description: 'remote desktops' })
      expect(group.security_group_rules).toHaveLength(2)
      await bench().make('security_group', { name: mark })
      expect((await bench().get(`/security-groups?name=${mark}`)).json.security_groups).toHaveLength(2)
      const fields = { security_group_id: group.id, direction: 'ingress', protocol: 'tcp' }
      const ports = { port_range_min: 3389, port_range_max: 3389, remote_ip_prefix: '0.0.0.0/0' }
      const rule = await bench().make('security_group_rule', { ...fields, ...ports })
      expect(rule).toMatchObject({ ...fields, port_range_min: 3389, ethertype: 'IPv4', remote_group_id: null })
      const again = await bench().post('security_group_rule', { ...fields, ...ports })
      expect(errorOf(again).slice(0, 2)).toEqual([409, 'SecurityGroupRuleExists'])
      const { protocol, ...without } = { ...fields, ...ports }
      expect(protocol).toBe('tcp')
      expect((await bench().post('security_group_rule', without)).status).toBe(400)
      const { json } = await bench().get(`/security-groups/${group.id}`)
      expect(json.security_group.security_group_rules).toHaveLength(3)
      expect((await bench().delete('security_group_rule', rule.id)).status).toBe(204)
      expect((await bench().delete('security_group_rule', rule.id)).status).toBe(404)
      expect((await bench().delete('security_group', group.id)).status).toBe(204)
      expect(errorOf(await bench().get(`/security-groups/${group.id}`))).toEqual([
        ...[404, 'SecurityGroupNotFound', `Security group ${group.id} does not exist`],
      ])
    })

    it('lends floating ips that stay DOWN, and joins them to ports', async () => {
      const external = await bench().network('public')
      const floating = await bench().make('floatingip', { floating_network_id: external, description: mark })
      expect(floating).toMatchObject({
        ...{ status: 'DOWN', port_id: null, fixed_ip_address: null, router_id: null, port_details: null },
        ...{ floating_network_id: external, description: mark },
      })
      expect(floating.floating_ip_address).toMatch(/^203\.0\.113\./)
      const port = await bench().make('port', { network_id: await bench().network('desktops') })
      const joined = await bench().put('floatingip', floating.id, { port_id: port.id })
      expect(joined.json.floatingip).toMatchObject({
        ...{ status: 'DOWN', port_id: port.id, fixed_ip_address: port.fixed_ips[0].ip_address },
        port_details: { network_id: port.network_id },
      })
      expect(joined.json.floatingip.router_id).not.toBeNull()
      const byAddress = await bench().get(`/floatingips?floating_ip_address=${floating.floating_ip_address}`)
      expect(byAddress.json.floatingips).toHaveLength(1)
      const second = await bench().post('floatingip', { floating_network_id: external, port_id: port.id })
      expect(errorOf(second).slice(0, 2)).toEqual([409, 'FloatingIPPortAlreadyAssociated'])
      const renamed = await bench().put('floatingip', floating.id, { description: 'other' })
      expect(renamed.json.floatingip).toMatchObject({ description: 'other', port_id: port.id })
      expect((await bench().delete('port', port.id)).status).toBe(204)
      const left = (await bench().get(`/floatingips/${floating.id}`)).json.floatingip
      expect(left).toMatchObject({ port_id: null, fixed_ip_address: null, router_id: null })
      expect((await bench().delete('floatingip', floating.id)).status).toBe(204)
      expect((await bench().get(`/floatingips/${floating.id}`)).status).toBe(404)
    })

    it('says why a floating ip cannot be had', async () => {
      const external = await bench().network('public')
      const inside = await bench().network('desktops')
      expect(errorOf(await bench().post('floatingip', { floating_network_id: inside })).slice(0, 2)).toEqual([
        ...[400, 'BadRequest'],
      ])
      expect((await bench().post('floatingip', { floating_network_id: UNKNOWN_ID })).status).toBe(404)
      const lost = await bench().post('floatingip', { floating_network_id: external, port_id: UNKNOWN_ID })
      expect(errorOf(lost).slice(0, 2)).toEqual([404, 'PortNotFound'])
      const port = await bench().make('port', { network_id: await bench().network('shared') })
      const apart = await bench().post('floatingip', { floating_network_id: external, port_id: port.id })
      expect(errorOf(apart).slice(0, 2)).toEqual([404, 'ExternalGatewayForFloatingIPNotFound'])
      const chosen = { floating_network_id: external, floating_ip_address: '203.0.113.200' }
      expect((await bench().post('floatingip', chosen)).status).toBe(403)
      expect((await bench().post('floatingip', chosen, 'admin')).status).toBe(201)
      expect((await bench().post('floatingip', { floating_network_id: external }, 'reader')).status).toBe(403)
    })
  })
}
