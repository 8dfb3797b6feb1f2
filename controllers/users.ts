import { type KubeObject, keyOf } from '../pkg/kube/resource.ts'
import { desktopIndexes } from './desktop/wake.ts'
import { templateIndexes } from './desktop-template/register.ts'
import type { Informers } from './informers.ts'

/** Kinds that others are made with, and that stay as long as somebody needs them. */
export type UsedKind = 'Image' | 'Flavor' | 'KeyPair'

/** Kinds that need others; each has the index `refers`: `Kind/namespace/name`. */
const users = ({ desktopTemplates, desktops }: Informers) => [desktopTemplates, desktops] as const

/** Objects that need this one, as `Kind/name`; it is not deleted so long. */
export function usersOf(informers: Informers, kind: UsedKind, object: KubeObject): string[] {
  const value = `${kind}/${keyOf(object)}`
  return users(informers).flatMap((informer) =>
    informer.byIndex('refers', value).map(({ metadata }) => `${informer.type.kind}/${metadata.name}`),
  )
}

/** Tells of each object of that kind when one that needed it is gone. Returns what ends that. */
export function onUserGone(informers: Informers, kind: UsedKind, wake: (key: string) => void): () => void {
  const prefix = `${kind}/`
  const tell = (referred: readonly string[]) => {
    for (const value of referred) if (value.startsWith(prefix)) wake(value.slice(prefix.length))
  }
  const { desktopTemplates, desktops } = informers
  const ends = [
    desktopTemplates.subscribe(({ type, object }) => {
      if (type === 'Deleted') tell(templateIndexes.refers(object))
    }),
    desktops.subscribe(({ type, object }) => {
      if (type === 'Deleted') tell(desktopIndexes.refers(object))
    }),
  ]
  return () => {
    for (const end of ends) end()
  }
}
