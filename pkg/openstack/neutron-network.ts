import { AnswerFields } from './answer-fields.ts'

/** A network as Neutron shows it; names are Neutron's, without their prefixes. */
export interface NeutronNetwork {
  id: string
  name: string
  project_id: string
  status: string
  shared: boolean
  /** `router:external`: floating IPs come from such a network. */
  external: boolean
  /** Ids. */
  subnets: string[]
}

export interface NeutronSecurityGroup {
  id: string
  name: string
  project_id: string
}

/** A port, as far as servers have to do with it. */
export interface NeutronPort {
  id: string
  name: string
  network_id: string
  /** Id of the server. */
  device_id: string
  status: string
  mac_address: string
  fixed_ips: { subnet_id: string; ip_address: string }[]
  /** Ids. */
  security_groups: string[]
}

export interface NeutronFloatingIP {
  id: string
  floating_ip_address: string
  floating_network_id: string
  /** Absent while it is associated with nothing. */
  port_id?: string
  fixed_ip_address?: string
  /** Our mark, of those that we made. */
  description: string
  project_id: string
  status: string
}

export function parseNetwork(value: unknown): NeutronNetwork {
  const fields = new AnswerFields(value)
  return {
    ...named(fields, 'a network'),
    status: fields.text('status') ?? '',
    shared: fields.flag('shared'),
    external: fields.flag('router:external'),
    subnets: fields.texts('subnets'),
  }
}

export function parseSecurityGroup(value: unknown): NeutronSecurityGroup {
  return named(new AnswerFields(value), 'a security group')
}

export function parsePort(value: unknown): NeutronPort {
  const fields = new AnswerFields(value)
  return {
    id: fields.required('id', 'network', 'a port'),
    name: fields.text('name') ?? '',
    network_id: fields.text('network_id') ?? '',
    device_id: fields.text('device_id') ?? '',
    status: fields.text('status') ?? '',
    mac_address: fields.text('mac_address') ?? '',
    fixed_ips: fields.list('fixed_ips').map((entry) => {
      const address = new AnswerFields(entry)
      return { subnet_id: address.text('subnet_id') ?? '', ip_address: address.text('ip_address') ?? '' }
    }),
    security_groups: fields.texts('security_groups'),
  }
}

export function parseFloatingIP(value: unknown): NeutronFloatingIP {
  const fields = new AnswerFields(value)
  return {
    id: fields.required('id', 'network', 'a floating IP'),
    floating_ip_address: fields.text('floating_ip_address') ?? '',
    floating_network_id: fields.text('floating_network_id') ?? '',
    description: fields.text('description') ?? '',
    project_id: fields.text('project_id') ?? '',
    status: fields.text('status') ?? '',
    ...fields.texted(['port_id', 'fixed_ip_address']),
  }
}

function named(fields: AnswerFields, what: string) {
  return {
    id: fields.required('id', 'network', what),
    name: fields.text('name') ?? '',
    project_id: fields.text('project_id') ?? '',
  }
}
