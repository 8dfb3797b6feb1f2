import { Farewell } from '../../pkg/cloud-objects/farewell.ts'
import { cloudKeyOf } from '../../pkg/openstack/cloud-access.ts'
import type { Runtime } from '../runtime.ts'
import { KeyPairKind } from './key-pair-kind.ts'
import { heldPair, wakeOn } from './wake.ts'

/** Puts the KeyPair kind to work. */
export function registerKeyPairs(runtime: Runtime): void {
  const { informers, registry } = runtime
  const { clouds, keyPairs } = informers
  const kind = new KeyPairKind({
    registry,
    farewell: new Farewell(),
    cloudOf: (object) => clouds.get(cloudKeyOf(object)),
    holdersOf: (object) => keyPairs.byIndex('pair', heldPair(object)),
  })
  const controller = runtime.control('key-pair', kind, keyPairs)
  const wake = (key: string) => controller.enqueue(key)
  runtime.ends.push(wakeOn({ registry, clouds, objects: keyPairs, wake }))
}
