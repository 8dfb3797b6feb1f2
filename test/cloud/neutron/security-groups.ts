import { type NetworkState, type SecurityGroup, type SecurityGroupRule, standard, touch } from './network-state.ts'
import { invalidInput, NeutronError } from './neutron-errors.ts'
import { type Fields, find, projectFor, type Resource, text } from './resource.ts'

export const securityGroups: Resource<SecurityGroup> = {
  singular: 'security_group',
  plural: 'security_groups',
  creatable: ['name', 'description', 'stateful', 'project_id', 'tenant_id'],
  updatable: ['name', 'description', 'stateful'],
  filters: ['name', 'stateful', 'shared'],
  rows: (state) => state.security_groups,
  isPublic: () => false,
  notFound: (id) => new NeutronError(404, 'SecurityGroupNotFound', `Security group ${id} does not exist`),
  view: (state, group, caller) => ({
    ...{ ...group, tenant_id: group.project_id, stateful: true, shared: false },
    security_group_rules: state.security_group_rules
      .filter((rule) => rule.security_group_id === group.id)
      .map((rule) => securityGroupRules.view(state, rule, caller)),
  }),
  create(state, fields, caller) {
    const projectId = projectFor(fields, caller, 'create_security_group')
    const name = text(fields, 'name')
    if (name === 'default') {
      throw new NeutronError(409, 'SecurityGroupDefaultAlreadyExists', 'Default security group already exists.')
    }
    defaultGroup(state, projectId, caller.now)
    return add(state, { projectId, name, description: text(fields, 'description'), now: caller.now })
  },
  update(_state, group, fields, caller) {
    if (group.name === 'default' && fields['name'] !== undefined && fields['name'] !== 'default') {
      throw new NeutronError(409, 'SecurityGroupCannotUpdateDefault', 'Updating default security group not allowed.')
    }
    Object.assign(group, fields)
    touch(group, caller.now)
  },
  remove(state, group, { isAdmin }) {
    if (group.name === 'default' && !isAdmin) {
      const why = 'Insufficient rights for removing default security group.'
      throw new NeutronError(409, 'SecurityGroupCannotRemoveDefault', why)
    }
    if (state.ports.some((port) => port.security_groups.includes(group.id))) {
      throw new NeutronError(409, 'SecurityGroupInUse', `Security Group ${group.id} in use.`)
    }
    state.security_group_rules = state.security_group_rules.filter((rule) => rule.security_group_id !== group.id)
    state.security_groups = state.security_groups.filter((one) => one !== group)
  },
}

export const securityGroupRules: Resource<SecurityGroupRule> = {
  singular: 'security_group_rule',
  plural: 'security_group_rules',
  creatable: [
    ...['security_group_id', 'direction', 'ethertype', 'protocol', 'port_range_min', 'port_range_max', 'description'],
    ...['remote_ip_prefix', 'remote_group_id', 'project_id', 'tenant_id'],
  ],
  updatable: [],
  filters: ['security_group_id', 'direction', 'ethertype', 'protocol', 'remote_group_id'],
  rows: (state) => state.security_group_rules,
  isPublic: () => false,
  notFound: (id) => new NeutronError(404, 'SecurityGroupRuleNotFound', `Security group rule ${id} does not exist`),
  view: (_state, rule) => ({
    ...{ ...rule, tenant_id: rule.project_id, remote_address_group_id: null },
    normalized_cidr: rule.remote_ip_prefix,
  }),
  create(state, fields, caller) {
    const projectId = projectFor(fields, caller, 'create_security_group_rule')
    const group = find(securityGroups, state, text(fields, 'security_group_id'), caller)
    const rule = {
      ...standard(projectId, caller.now, text(fields, 'description')),
      ...ruleOf(group.id, fields),
    }
    const same = state.security_group_rules.find((one) => KEY.every((name) => one[name] === rule[name]))
    if (same) {
      const why = `Security group rule already exists. Rule id is ${same.id}.`
      throw new NeutronError(409, 'SecurityGroupRuleExists', why)
    }
    state.security_group_rules.push(rule)
    touch(group, caller.now)
    return rule
  },
  update: () => undefined,
  remove(state, rule) {
    state.security_group_rules = state.security_group_rules.filter((one) => one !== rule)
  },
}

const KEY = [
  ...(['security_group_id', 'direction', 'ethertype', 'protocol', 'port_range_min', 'port_range_max'] as const),
  ...(['remote_ip_prefix', 'remote_group_id'] as const),
]

function ruleOf(groupId: string, fields: Fields): Pick<SecurityGroupRule, (typeof KEY)[number]> {
  const number = (name: string) => (fields[name] === undefined || fields[name] === null ? null : Number(fields[name]))
  const optional = (name: string) => (fields[name] ? String(fields[name]) : null)
  const [min, max] = [number('port_range_min'), number('port_range_max')]
  const protocol = optional('protocol')
  if (protocol === null && (min !== null || max !== null)) {
    throw new NeutronError(
      400,
      'SecurityGroupProtocolRequiredWithPorts',
      'Must also specify protocol if port range is given.',
    )
  }
  if (min !== null && max !== null && min > max) {
    const why = 'For TCP/UDP protocols, port_range_min must be <= port_range_max'
    throw new NeutronError(400, 'SecurityGroupInvalidPortRange', why)
  }
  const direction = text(fields, 'direction')
  if (direction !== 'ingress' && direction !== 'egress')
    throw invalidInput("Failed to parse request. Required 'direction'")
  return {
    ...{ security_group_id: groupId, direction, ethertype: text(fields, 'ethertype', 'IPv4'), protocol },
    ...{ port_range_min: min, port_range_max: max },
    ...{ remote_ip_prefix: optional('remote_ip_prefix'), remote_group_id: optional('remote_group_id') },
  }
}

/** A project's group `default`; Neutron makes it when the project is first dealt with. */
export function defaultGroup(state: NetworkState, projectId: string, now: number): SecurityGroup {
  const found = state.security_groups.find((one) => one.project_id === projectId && one.name === 'default')
  if (found) return found
  const group = add(state, { projectId, name: 'default', description: 'Default security group', now })
  for (const ethertype of ['IPv4', 'IPv6']) {
    const rule = ruleOf(group.id, { direction: 'ingress', ethertype, remote_group_id: group.id })
    state.security_group_rules.push({ ...standard(projectId, now), ...rule })
  }
  return group
}

function add(
  state: NetworkState,
  { projectId, name, description, now }: { projectId: string; name: string; description: string; now: number },
): SecurityGroup {
  const group: SecurityGroup = { ...standard(projectId, now, description), name }
  state.security_groups.push(group)
  for (const ethertype of ['IPv4', 'IPv6']) {
    const rule = ruleOf(group.id, { direction: 'egress', ethertype })
    state.security_group_rules.push({ ...standard(projectId, now), ...rule })
  }
  return group
}
