import type {
  Cloud,
  Desktop,
  DesktopResize,
  DesktopTemplate,
  Flavor,
  Image,
  KeyPair,
} from '../../api/v1alpha1/objects.ts'
import type { KubeClient } from '../../pkg/kube/client.ts'
import type { CloudRegistry } from '../../pkg/openstack/cloud-registry.ts'
import type { DesktopMemory } from './memory.ts'

/** The other objects of a namespace that a desktop refers to, from the caches. */
export interface Neighbours {
  template(namespace: string, name: string): DesktopTemplate | undefined
  image(namespace: string, name: string): Image | undefined
  flavor(namespace: string, name: string): Flavor | undefined
  keyPair(namespace: string, name: string): KeyPair | undefined
}

/** What observation reads. */
export interface ObserveSources {
  /** Only for the Secret with user data. */
  client: Pick<KubeClient, 'get'>
  registry: CloudRegistry
  neighbours: Neighbours
  memory: DesktopMemory
  cloudOf(desktop: Desktop): Cloud | undefined
  /** Desktop objects that hold this server. */
  holdersOf(desktop: Desktop, serverID: string): Desktop[]
  /** DesktopResizes that the operator made for this desktop. */
  resizesOf(desktop: Desktop): readonly DesktopResize[]
}
