import { USER_DATA_SECRET_TYPE } from '../../api/v1alpha1/names.ts'
import type { Desktop } from '../../api/v1alpha1/objects.ts'
import { conditionOf } from '../../pkg/kube/conditions.ts'
import { type Secret, secretType } from '../../pkg/kube/core-types.ts'
import { gibibytesOf } from '../../pkg/kube/quantity.ts'
import type { ConnectedCloud } from '../../pkg/openstack/cloud-registry.ts'
import type { NewFlavor } from '../../pkg/openstack/flavor-service.ts'
import { flavorMarkOf } from '../../pkg/openstack/mark.ts'
import type { NewServer } from '../../pkg/openstack/new-server.ts'
import { ownFlavor } from '../../pkg/openstack/own-flavor.ts'
import { creationMetadata } from '../../pkg/openstack/server-metadata.ts'
import { claimOf } from './claim.ts'
import { Blocked, type Ingredients, ingredientsOf } from './ingredients.ts'
import { checkSecurityGroups, networksOf, serverGroupOf } from './networks.ts'
import type { Blueprint } from './observed.ts'
import type { ObserveSources } from './sources.ts'

/** Most bytes of user data that Nova takes: 65,535 characters in base64 (Compute API, "Create Server"). */
const MOST_USER_DATA = 49_149

/** The tag by which a server is found again: it can be listed at once, while the server is still in BUILD. */
export function tagOf({ metadata }: Desktop): string {
  return `auxo-${metadata.uid ?? ''}`
}

/** Resolves everything that a new server is made of. Neutron and the Secret are asked; nothing is changed. */
export async function blueprintOf(
  desktop: Desktop,
  mark: string,
  cloud: ConnectedCloud,
  sources: Pick<ObserveSources, 'client' | 'neighbours'>,
  signal: AbortSignal,
): Promise<Blueprint> {
  try {
    const ingredients = ingredientsOf(desktop, sources.neighbours)
    checkImage(ingredients, cloud)
    const { pin, storage, imageID } = ingredients
    const flavor = flavorOf(desktop, mark, ingredients, cloud)
    await checkSecurityGroups(ingredients.securityGroups, cloud, signal)
    const server: NewServer = {
      name: desktop.spec.serverName ?? desktop.metadata.name,
      flavorRef: flavor?.wanted.id ?? ingredients.flavorID ?? '',
      networks: await networksOf(ingredients.networks, cloud, signal),
      ...(ingredients.securityGroups && { security_groups: ingredients.securityGroups }),
      ...(ingredients.availabilityZone && { availability_zone: ingredients.availabilityZone }),
      ...(desktop.spec.host && { host: desktop.spec.host }),
      ...(await serverGroupOf(desktop.spec, cloud, signal)),
      ...keyName(desktop, sources),
      ...(await userData(desktop, sources, signal)),
      metadata: { ...desktop.spec.metadata, ...creationMetadata(mark, pin) },
      tags: [tagOf(desktop)],
      ...(storage?.type === 'Volume'
        ? { block_device_mapping_v2: rootVolume(imageID, storage) }
        : { imageRef: imageID }),
    }
    return { state: 'Complete', server, pin, flavor }
  } catch (error) {
    if (error instanceof Blocked) return { state: 'Blocked', reason: error.reason, message: error.message }
    throw error
  }
}

/** A size of the desktop's own takes a flavor of its own, with an id that only this object's mark yields. */
function flavorOf(
  desktop: Desktop,
  mark: string,
  { flavorID, size }: Ingredients,
  { flavorInventory }: ConnectedCloud,
): { wanted: NewFlavor; exists: boolean } | undefined {
  if (flavorID !== undefined || size === undefined) return undefined
  flavorInventory.need(claimOf(desktop))
  if (!flavorInventory.synced) throw new Blocked('Pending', 'the flavors of the cloud are being listed')
  const wanted = ownFlavor(flavorMarkOf('Desktop', mark), desktop.metadata, size)
  return { wanted, exists: flavorInventory.get(wanted.id) !== undefined }
}

/** Nova refuses an image that asks for more than the flavor gives, with a message of its own for each. */
function checkImage({ imageID, size, storage }: Ingredients, { imageInventory }: ConnectedCloud): void {
  const image = imageInventory.get(imageID)
  if (image === undefined || size === undefined) return
  const disk = storage?.type === 'Volume' ? gibibytesOf(storage.volume?.size ?? '0Gi') : size.disk
  if (disk > 0 && image.min_disk > disk) {
    throw new Blocked('ImageTooLarge', `the image needs a disk of ${image.min_disk}Gi, the desktop gets ${disk}Gi`)
  }
  if (image.min_ram > size.ram) {
    throw new Blocked('ImageTooLarge', `the image needs ${image.min_ram}Mi of memory, the desktop gets ${size.ram}Mi`)
  }
}

function keyName(
  { metadata, spec }: Desktop,
  { neighbours }: Pick<ObserveSources, 'neighbours'>,
): { key_name?: string } {
  if (spec.keyPairRef === undefined) return {}
  const { name } = spec.keyPairRef
  const keyPair = neighbours.keyPair(metadata.namespace, name)
  if (keyPair === undefined)
    throw new Blocked('KeyPairMissing', `there is no KeyPair "${name}" in this namespace; make it`)
  if (conditionOf(keyPair, 'Ready')?.status !== 'True' || keyPair.status?.name === undefined) {
    throw new Blocked('KeyPairNotReady', `KeyPair "${name}" is not ready`)
  }
  return { key_name: keyPair.status.name }
}

async function userData(
  { metadata, spec }: Desktop,
  { client }: Pick<ObserveSources, 'client'>,
  signal: AbortSignal,
): Promise<{ user_data?: string }> {
  if (spec.userData === undefined) return {}
  const { name } = spec.userData.secretRef
  const secret = await client.get<Secret>(secretType, { namespace: metadata.namespace, name }, { signal })
  const value = secret?.data?.['userdata']
  if (secret === undefined || value === undefined) {
    throw new Blocked('SecretMissing', `there is no Secret "${name}" with the key userdata in this namespace; make it`)
  }
  if (secret.type !== USER_DATA_SECRET_TYPE) {
    const message = `Secret "${name}" has type ${secret.type ?? 'Opaque'}; make it anew with type ${USER_DATA_SECRET_TYPE}`
    throw new Blocked('SecretInvalid', message)
  }
  const bytes = Buffer.from(value, 'base64').length
  if (bytes > MOST_USER_DATA) {
    throw new Blocked(
      'UserDataTooLarge',
      `Secret "${name}" has ${bytes} bytes of user data; Nova takes ${MOST_USER_DATA}`,
    )
  }
  return { user_data: value }
}

function rootVolume(imageID: string, { volume }: NonNullable<Desktop['spec']['storage']>) {
  const disk = { boot_index: 0, uuid: imageID, source_type: 'image', destination_type: 'volume' } as const
  const size = gibibytesOf(volume?.size ?? '1Gi')
  return [
    { ...disk, volume_size: size, delete_on_termination: true, ...(volume?.type && { volume_type: volume.type }) },
  ]
}
