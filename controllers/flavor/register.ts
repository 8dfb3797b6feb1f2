import { Farewell } from '../../pkg/cloud-objects/farewell.ts'
import { cloudKeyOf } from '../../pkg/openstack/cloud-access.ts'
import type { Runtime } from '../runtime.ts'
import { onUserGone, usersOf } from '../users.ts'
import { FlavorKind } from './flavor-kind.ts'
import { wakeOn } from './wake.ts'

/** Puts the Flavor kind to work. */
export function registerFlavors(runtime: Runtime): void {
  const { informers, registry } = runtime
  const { clouds, flavors } = informers
  const kind = new FlavorKind({
    registry,
    usersOf: (flavor) => usersOf(informers, 'Flavor', flavor),
    farewell: new Farewell(),
    cloudOf: (flavor) => clouds.get(cloudKeyOf(flavor)),
    holdersOf: (flavor, id) => flavors.byIndex('flavorID', `${cloudKeyOf(flavor)}/${id}`),
  })
  const controller = runtime.control('flavor', kind, flavors)
  const wake = (key: string) => controller.enqueue(key)
  runtime.ends.push(wakeOn({ registry, clouds, objects: flavors, wake }), onUserGone(informers, 'Flavor', wake))
}
