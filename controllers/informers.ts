import type { DesktopResize } from '../api/v1alpha1/objects.ts'
import type { KubeClient } from '../pkg/kube/client.ts'
import { Informer } from '../pkg/kube/informer.ts'
import type { Logger } from '../pkg/kube/log.ts'
import type { KubeObject, ResourceType } from '../pkg/kube/resource.ts'
import type { IndexFunction } from '../pkg/kube/store.ts'
import { cloudKeyOf } from '../pkg/openstack/cloud-access.ts'
import { cloudType } from './cloud/cloud-kind.ts'
import { desktopType } from './desktop/desktop-kind.ts'
import { desktopIndexes } from './desktop/wake.ts'
import { desktopResizeType } from './desktop-resize/desktop-resize-kind.ts'
import { templateIndexes } from './desktop-template/register.ts'
import { desktopTemplateType } from './desktop-template/template-kind.ts'
import { flavorType } from './flavor/flavor-kind.ts'
import { flavorIndexes } from './flavor/wake.ts'
import { imageType } from './image/image-kind.ts'
import { imageIndexes } from './image/wake.ts'
import { keyPairType } from './key-pair/key-pair-kind.ts'
import { keyPairIndexes } from './key-pair/wake.ts'
import { projectQuotaType } from './project-quota/project-quota-kind.ts'

/** What is the same for the informers of all kinds. */
export interface Watched {
  client: KubeClient
  namespaces: readonly string[]
  logger: Logger
}

/** The kinds that are followed: one entry each. What is below holds for every one of them. */
const followed = {
  clouds: informerOf(cloudType),
  desktopResizes: informerOf<DesktopResize>(desktopResizeType, {
    desktop: ({ metadata, spec }) => [`${metadata.namespace}/${spec.desktopRef.name}`],
  }),
  desktops: informerOf(desktopType, desktopIndexes),
  desktopTemplates: informerOf(desktopTemplateType, templateIndexes),
  images: informerOf(imageType, imageIndexes),
  flavors: informerOf(flavorType, flavorIndexes),
  keyPairs: informerOf(keyPairType, keyPairIndexes),
  projectQuotas: informerOf(projectQuotaType),
}

/** The caches of all kinds, each with the index `cloud`: `namespace/name` of the Cloud that an object refers to. */
export type Informers = { readonly [Kind in keyof typeof followed]: ReturnType<(typeof followed)[Kind]> }

/** Makes the caches; nothing runs yet. */
export function createInformers(watched: Watched): Informers {
  const made = Object.entries(followed).map(([kind, make]) => [kind, make(watched)])
  return Object.fromEntries(made) as Informers
}

/** Follows the API server until the signal is aborted. */
export async function runInformers(informers: Informers, signal: AbortSignal): Promise<void> {
  await Promise.all(Object.values(informers).map((informer) => informer.run(signal)))
}

/** Waits until every cache is complete; false when the signal was aborted first. */
export async function allSynced(informers: Informers, signal: AbortSignal): Promise<boolean> {
  const synced = await Promise.all(Object.values(informers).map((informer) => informer.synced(signal)))
  return synced.every(Boolean)
}

/** Plurals of the kinds whose cache is not complete yet. */
export function incomplete(informers: Informers): string[] {
  return Object.values(informers).flatMap(({ hasSynced, type }) => (hasSynced ? [] : [type.plural]))
}

/** Objects that refer to a Cloud, as `Kind/name`. */
export function referrersOf(informers: Informers, cloudKey: string): string[] {
  return Object.values(informers).flatMap((informer) =>
    informer.byIndex('cloud', cloudKey).map(({ metadata }) => `${informer.type.kind}/${metadata.name}`),
  )
}

/** Tells of each Cloud that an object referred to which is gone now. Returns what ends that. */
export function onReferrerGone(informers: Informers, tell: (cloudKey: string) => void): () => void {
  const gone = ({ type, object }: { type: string; object: KubeObject }) => {
    if (type === 'Deleted') for (const cloudKey of cloudOf(object)) tell(cloudKey)
  }
  const ends = Object.values(informers).map((informer) => informer.subscribe(gone))
  return () => {
    for (const end of ends) end()
  }
}

function informerOf<O extends KubeObject>(type: ResourceType<O>, indexes: Record<string, IndexFunction<O>> = {}) {
  return (watched: Watched) => new Informer<O>({ ...watched, type, indexes: { ...indexes, cloud: cloudOf } })
}

function cloudOf(object: KubeObject): string[] {
  return refersToCloud(object) ? [cloudKeyOf(object)] : []
}

function refersToCloud(object: KubeObject): object is KubeObject & Parameters<typeof cloudKeyOf>[0] {
  return 'spec' in object && typeof object.spec === 'object' && object.spec !== null && 'cloudRef' in object.spec
}
