import type { Desktop } from '../../api/v1alpha1/objects.ts'
import type { ConnectedCloud } from '../../pkg/openstack/cloud-registry.ts'
import type { NewServerNetwork } from '../../pkg/openstack/new-server.ts'
import { Blocked, type Ingredients } from './ingredients.ts'

/** Networks by id, in the order of spec. Exactly one must have the name. Throws `Blocked`. */
export async function networksOf(
  wanted: Ingredients['networks'],
  { lookups }: ConnectedCloud,
  signal: AbortSignal,
): Promise<NewServerNetwork[]> {
  return await Promise.all(
    wanted.map(async ({ network, fixedIPs = [] }) => {
      const { id, name } = network
      const found = await lookups.networks(id === undefined ? { name: name ?? '' } : { id }, { signal })
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
  { lookups }: ConnectedCloud,
  signal: AbortSignal,
): Promise<void> {
  if (names.length === 0) return
  const found = new Set((await lookups.securityGroups(names, { signal })).map(({ name }) => name))
  const missing = names.filter((name) => !found.has(name))
  if (missing.length > 0) {
    const message = `the project has no security group ${missing.map((name) => `"${name}"`).join(', ')}; make it, or correct the name`
    throw new Blocked('SecurityGroupNotFound', message)
  }
}

/** Id of the server group that spec names; Nova itself checks one that is given by id. Throws `Blocked`. */
export async function serverGroupOf(
  { serverGroup }: Desktop['spec'],
  { lookups }: ConnectedCloud,
  signal: AbortSignal,
): Promise<{ group?: string }> {
  const { id, name = '' } = serverGroup ?? {}
  if (serverGroup === undefined) return {}
  if (id !== undefined) return { group: id }
  const [first, ...others] = await lookups.serverGroups(name, { signal })
  if (first === undefined) {
    throw new Blocked('ServerGroupNotFound', `the project has no server group "${name}"; make it in Nova`)
  }
  if (others.length === 0) return { group: first.id }
  throw new Blocked(
    'ServerGroupNotFound',
    `${others.length + 1} server groups are called "${name}"; make a new Desktop with the id`,
  )
}
