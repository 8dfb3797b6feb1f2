import type { Desktop, DesktopTemplate, Image } from '../../api/v1alpha1/objects.ts'
import type { Cluster } from './cluster.ts'

const cloudRef = { name: 'cloud' }
/** What clouds.yaml entry and project desktops are made with: an administrator may make flavors. */
export const desktopCloud = {
  credentials: { secretRef: { name: 'cloud' }, cloudName: 'admin' },
  project: { name: 'demo' },
}

/** Makes a template of tiny desktops and the Image that it needs; resolves when desktops can be made of it. */
export async function makeTemplate(cluster: Cluster, namespace: string, image: string, signal: AbortSignal) {
  const base: Image = {
    metadata: { namespace, name: 'base' },
    spec: { cloudRef, source: { type: 'Existing', existing: { name: image } } },
  }
  const template: DesktopTemplate = {
    metadata: { namespace, name: 'tiny' },
    spec: {
      ...{ cloudRef, imageRef: { name: 'base' }, resources: { cpus: 1, memory: '64Mi', disk: '1Gi' } },
      networks: [{ name: 'nic0', network: { name: 'desktops' } }],
    },
  }
  await cluster.images.create([base])
  await cluster.templates.createUntilReady([template], signal)
}

/** Desktops of that template; every other one stopped, if asked for. */
export function desktopsOf(namespace: string, count: number, { halfStopped = false } = {}): Desktop[] {
  const source = { type: 'Template', template: { name: 'tiny' } } as const
  return Array.from({ length: count }, (_, n) => ({
    metadata: { namespace, name: `d-${n}` },
    spec: { cloudRef, source, ...(halfStopped && n % 2 === 1 ? { powerState: 'Stopped' as const } : {}) },
  }))
}
