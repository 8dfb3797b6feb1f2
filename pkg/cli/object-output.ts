import { dump } from 'js-yaml'
import { GROUP } from '../../api/v1alpha1/names.ts'
import type { KubeObject } from '../kube/resource.ts'

export type ObjectFormat = 'json' | 'yaml' | 'name'

/** One object, or a List of them, as `kubectl get -o` prints it. */
export function printObjects(objects: KubeObject | readonly KubeObject[], format: ObjectFormat): string {
  const all = [objects].flat() as KubeObject[]
  if (format === 'name') return all.map(nameOf).join('')
  const cleaned = all.map(withoutManagers)
  const document = Array.isArray(objects)
    ? { apiVersion: 'v1', kind: 'List', metadata: { resourceVersion: '' }, items: cleaned }
    : cleaned[0]
  return format === 'json' ? `${JSON.stringify(document, null, 4)}\n` : dump(document)
}

/** `image.vdi.auxo.dev/windows-11`, as `kubectl -o name` has it. */
function nameOf({ kind, metadata }: KubeObject): string {
  return `${(kind ?? '').toLowerCase()}.${GROUP}/${metadata.name}\n`
}

function withoutManagers(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}
