import { DESKTOP_RESIZE } from '../../api/v1alpha1/names.ts'
import type { Desktop, DesktopResize } from '../../api/v1alpha1/objects.ts'
import { settle } from '../../pkg/cloud-objects/waits.ts'
import type { KubeClient } from '../../pkg/kube/client.ts'
import type { Outcome } from '../../pkg/kube/kind.ts'
import { done } from '../../pkg/kube/outcomes.ts'
import type { ResourceType } from '../../pkg/kube/resource.ts'
import type { ConnectedCloud } from '../../pkg/openstack/cloud-registry.ts'
import { automaticResize } from './automatic-resize.ts'
import { claimOf } from './claim.ts'
import type { DesktopMemory } from './memory.ts'
import type { ObservedInCloud } from './observed.ts'
import type { Scene } from './scene.ts'
import { ServerChanges } from './server-changes.ts'
import { ServerLife } from './server-life.ts'
import type { DesktopStep } from './steps.ts'

const resizeType: ResourceType<DesktopResize> = DESKTOP_RESIZE

/** What a wait outside of the caches is looked at again after: Secrets, networks and security groups wake nobody. */
const OUTSIDE_SECONDS = 30
const OUTSIDE: ReadonlySet<string> = new Set([
  ...['SecretMissing', 'SecretInvalid', 'UserDataTooLarge', 'FloatingIPNotFound'],
  ...['NetworkNotFound', 'NetworkAmbiguous', 'SecurityGroupNotFound', 'ServerGroupNotFound'],
  ...['VolumeNotFound', 'VolumeInUse'],
])

/** Carries out one step. */
export class DesktopActor {
  readonly #client: KubeClient
  readonly #life: ServerLife
  readonly #changes: ServerChanges

  constructor({ client, memory }: { client: KubeClient; memory: DesktopMemory }) {
    this.#client = client
    this.#life = new ServerLife(memory)
    this.#changes = new ServerChanges(memory)
  }

  async act(
    step: DesktopStep,
    desktop: Desktop,
    { observed, cloud, signal }: { observed: ObservedInCloud; cloud: ConnectedCloud; signal: AbortSignal },
  ): Promise<Outcome> {
    const scene: Scene = { desktop, observed, cloud, signal }
    switch (step.type) {
      case 'AwaitCloud':
      case 'Stall':
      case 'Rest':
      case 'Await': {
        const outcome = settle(step, claimOf(desktop), cloud.serverInventory)
        const outside = step.type === 'Await' && OUTSIDE.has(step.reason)
        return outside ? { type: 'Waiting', afterSeconds: OUTSIDE_SECONDS } : outcome
      }
      case 'MakeFlavor':
        return await this.#life.makeFlavor(step, scene)
      case 'Launch':
        return await this.#life.launch(step, scene)
      case 'AwaitAnswer':
        return { type: 'Waiting', afterSeconds: step.seconds }
      case 'FindLaunched':
        return await this.#life.findLaunched(scene)
      case 'Discard':
        return await this.#life.discard(step, scene)
      case 'Delete':
        return await this.#life.delete(step.id, scene)
      case 'DeleteFlavors':
        return await this.#life.deleteFlavors(step.ids, scene)
      case 'RequestResize':
        return await this.#requestResize(step.name, scene)
      default:
        return await this.#changes.act(step, scene)
    }
  }

  /** The name is the same for the same wish: made twice it is the same object. */
  async #requestResize(name: string, { desktop, signal }: Scene): Promise<Outcome> {
    const options = { fieldManager: 'auxo-desktop', signal }
    await this.#client.apply(resizeType, automaticResize(desktop, name), options)
    return done('ResizeRequested', 'RequestResize', `made DesktopResize ${name} for spec.resources`)
  }
}
