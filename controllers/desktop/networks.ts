import type { ConnectedCloud } from '../../pkg/openstack/cloud-registry.ts'
import type { NewServerNetwork } from '../../pkg/openstack/new-server.ts'
import { Blocked, type Ingredients } from './ingredients.ts'

/** Networks by id, in the order of spec. Neutron is asked for each name: exactly one must have it. Throws `Blocked`. */
export async function networksOf(
  wanted: Ingredients['networks'],
  { networks }: ConnectedCloud,
  signal: AbortSignal,
): Promise<NewServerNetwork[]> {
  return await Promise.all(
    wanted.map(async ({ network, fixedIPs = [] }) => {
      const { id, name } = network
      const found = await networks.networks(id === undefined ? { name: name ?? '' } : { id }, { signal })
      const what = id === undefined ? `the name "${name}"` : `the id ${id}`
      const [first, ...others] = found
      if (first === undefined) {
        throw new Blocked('NetworkNotFound', `the project sees no network with ${what}; correct it, or have it shared`)
      }
      if (others.length > 0) throw new Blocked('NetworkAmbiguous', `${found.length} networks have ${what}; use the id`)
      return { uuid: first.id, ...(fixedIPs[0] === undefined ? {} : { fixed_ip: fixedIPs[0] }) }
    }),
  )
}

/** Throws `Blocked` where the project lacks a security group. */
export async function checkSecurityGroups(
  names: readonly string[] = [],
  { networks, projectID }: ConnectedCloud,
  signal: AbortSignal,
): Promise<void> {
  if (names.length === 0) return
  const found = new Set((await networks.securityGroups(projectID, names, { signal })).map(({ name }) => name))
  const missing = names.filter((name) => !found.has(name))
  if (missing.length > 0) {
    const message = `the project has no security group ${missing.map((name) => `"${name}"`).join(', ')}; make it, or correct the name`
    throw new Blocked('SecurityGroupNotFound', message)
  }
}
