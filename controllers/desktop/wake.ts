import type {
  Cloud,
  Desktop,
  DesktopResize,
  DesktopTemplate,
  Flavor,
  Image,
  KeyPair,
} from '../../api/v1alpha1/objects.ts'
import { followClouds, wakeHolders } from '../../pkg/cloud-objects/wake.ts'
import type { Informer } from '../../pkg/kube/informer.ts'
import { type KubeObject, keyOf } from '../../pkg/kube/resource.ts'
import { cloudKeyOf } from '../../pkg/openstack/cloud-access.ts'
import type { CloudRegistry } from '../../pkg/openstack/cloud-registry.ts'
import { readServerMark } from '../../pkg/openstack/server-metadata.ts'

export interface WakeSources {
  registry: CloudRegistry
  clouds: Informer<Cloud>
  desktops: Informer<Desktop>
  templates: Informer<DesktopTemplate>
  images: Informer<Image>
  flavors: Informer<Flavor>
  keyPairs: Informer<KeyPair>
  resizes: Informer<DesktopResize>
}

/** Who is told: of single desktops, of servers in a cloud, of everything that a cloud has. */
export interface WakeTargets {
  object(key: string): void
  server(cloudKey: string, serverID: string): void
  cloud(cloudKey: string): void
}

const ref = (kind: string, { metadata }: KubeObject | Desktop, name: string | undefined): string[] =>
  name === undefined ? [] : [`${kind}/${metadata.namespace}/${name}`]

/** Indexes of the Desktop informer that waking and synchronising need. */
export const desktopIndexes = {
  /** `namespace/cloud/id` of the server that an object holds. */
  cloudID: (desktop: Desktop): string[] => {
    const ids = new Set([desktop.spec.source.existing?.id, desktop.status?.id].filter((id) => id !== undefined))
    return [...ids].map((id) => `${cloudKeyOf(desktop)}/${id}`)
  },
  /** `namespace/cloud/name` of the server that an object looks for. */
  wantedName: (desktop: Desktop): string[] => {
    const name = desktop.spec.source.existing?.name
    return name === undefined ? [] : [`${cloudKeyOf(desktop)}/${name}`]
  },
  /** `Kind/namespace/name` of what an object refers to. */
  refers: (desktop: Desktop): string[] => {
    const { source, keyPairRef } = desktop.spec
    return [
      ...ref('DesktopTemplate', desktop, source.template?.name),
      ...ref('Image', desktop, source.image?.imageRef.name),
      ...ref('Flavor', desktop, source.image?.flavorRef?.name),
      ...ref('KeyPair', desktop, keyPairRef?.name),
    ]
  },
}

/** Sees to it that exactly the desktops that a change concerns are looked at. Returns what ends that. */
export function wakeOn(sources: WakeSources, targets: WakeTargets): () => void {
  const { registry, clouds, desktops, resizes } = sources
  const wake = (key: string) => targets.object(key)
  const onItem = (cloudKey: string, id: string) => targets.server(cloudKey, id)
  const ends = [
    followClouds({
      ...{ registry, clouds, objects: desktops, wake, onItem },
      inventoryOf: ({ serverInventory }) => serverInventory,
      markOf: readServerMark,
      indexes: { cloudID: ({ id }) => id, wantedName: ({ name }) => name },
      onCloud: (cloudKey) => targets.cloud(cloudKey),
    }),
    wakeHolders(desktops, ['cloudID', desktopIndexes.cloudID], wake, onItem),
    followReferred(sources.templates, desktops, wake),
    followReferred(sources.images, desktops, wake),
    followReferred(sources.flavors, desktops, wake),
    followReferred(sources.keyPairs, desktops, wake),
    resizes.subscribe(({ object: { metadata, spec } }) => {
      const desktop = desktops.get(`${metadata.namespace}/${spec.desktopRef.name}`)
      if (desktop?.spec.resizePolicy === 'Automatic') wake(keyOf(desktop))
    }),
  ]
  return () => {
    for (const end of ends) end()
  }
}

/** Desktops that have no server yet wait for what they refer to; the others do not mind how it changes. */
function followReferred<O extends KubeObject>(
  informer: Informer<O>,
  desktops: Informer<Desktop>,
  wake: (key: string) => void,
): () => void {
  return informer.subscribe(({ object: { metadata } }) => {
    for (const desktop of desktops.byIndex('refers', `${informer.type.kind}/${metadata.namespace}/${metadata.name}`)) {
      if (desktop.status?.id === undefined) wake(keyOf(desktop))
    }
  })
}
