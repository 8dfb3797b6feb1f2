import type { Desktop } from '../../api/v1alpha1/objects.ts'
import type { NovaServer } from '../../pkg/openstack/nova-server.ts'
import type { Synchronizer } from '../../pkg/synchronize/synchronizer.ts'
import type { Runtime } from '../runtime.ts'
import { foundServers, policyOf } from './found-servers.ts'

/** Puts the synchronizer of desktops to work and returns it, to be told of changes. */
export function registerDesktopSynchronizer(runtime: Runtime): Synchronizer<Desktop, NovaServer> {
  const { informers, registry } = runtime
  const claim = 'desktop-synchronizer'
  // Servers are listed only where somebody needs them; a policy is a need.
  const need = (cloudKey: string) => {
    const cloud = informers.clouds.get(cloudKey)
    const inventory = registry.get(cloudKey)?.serverInventory
    if (cloud !== undefined && policyOf(cloud.spec) !== 'None') inventory?.need(claim)
    else inventory?.release(claim)
  }
  runtime.ends.push(
    registry.subscribe(need),
    informers.clouds.subscribe(({ object: { metadata } }) => need(`${metadata.namespace}/${metadata.name}`)),
  )
  return runtime.synchronize(foundServers(runtime))
}
