import { API_VERSION, DESKTOP, DESKTOP_RESIZE } from '../../api/v1alpha1/names.ts'
import type { Desktop, DesktopResize } from '../../api/v1alpha1/objects.ts'
import type { Applied } from '../../pkg/kube/client.ts'

/** The DesktopResize for spec.resources as it is now; it goes with its Desktop. */
export function automaticResize({ metadata, spec }: Desktop, name: string): Applied<DesktopResize> {
  const { namespace, uid = '' } = metadata
  const owner = { apiVersion: API_VERSION, kind: DESKTOP.kind, name: metadata.name, uid, controller: true }
  return {
    apiVersion: API_VERSION,
    kind: DESKTOP_RESIZE.kind,
    metadata: { namespace, name, ownerReferences: [owner] },
    spec: {
      desktopRef: { name: metadata.name },
      mode: 'Auto',
      ...(spec.resources?.cpus === undefined ? {} : { cpus: spec.resources.cpus }),
      ...(spec.resources?.memory === undefined ? {} : { memory: spec.resources.memory }),
    },
  } as Applied<DesktopResize>
}

/** Whether a DesktopResize was made for spec.resources of this desktop. */
export function isAutomatic({ metadata }: DesktopResize, desktop: Desktop): boolean {
  const owners = (metadata as { ownerReferences?: { uid: string }[] }).ownerReferences ?? []
  return owners.some(({ uid }) => uid === desktop.metadata.uid)
}
