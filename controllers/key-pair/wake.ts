import type { KeyPair } from '../../api/v1alpha1/objects.ts'
import { type Following, followClouds, wakeHolders } from '../../pkg/cloud-objects/wake.ts'
import { cloudKeyOf } from '../../pkg/openstack/cloud-access.ts'
import type { NovaKeyPair } from '../../pkg/openstack/nova-key-pair.ts'
import { nameInNova } from './public-key.ts'

/** `namespace/cloud/user/name` of the key pair that an object holds; without user for the credential's own. */
export function heldPair(object: KeyPair): string {
  const { id, name } = object.spec.user ?? {}
  return `${cloudKeyOf(object)}/${id ?? name ?? ''}/${nameInNova(object)}`
}

/** Indexes of the KeyPair informer. */
export const keyPairIndexes = {
  pair: (object: KeyPair): string[] => [heldPair(object)],
}

type Sources = Pick<Following<KeyPair, NovaKeyPair>, 'registry' | 'clouds' | 'objects' | 'wake'>

/** Sees to it that exactly the objects that a change concerns are looked at. Returns what ends that. */
export function wakeOn(sources: Sources): () => void {
  const ends = [
    followClouds<KeyPair, NovaKeyPair>({
      ...sources,
      inventoryOf: ({ keyPairInventories }) => keyPairInventories.of(),
      indexes: { pair: ({ name }) => `/${name}` },
    }),
    wakeHolders(sources.objects, ['pair', keyPairIndexes.pair], sources.wake),
  ]
  return () => {
    for (const end of ends) end()
  }
}
