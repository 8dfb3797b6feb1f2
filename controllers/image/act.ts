import type { Image } from '../../api/v1alpha1/objects.ts'
import { settle } from '../../pkg/cloud-objects/waits.ts'
import type { Outcome } from '../../pkg/kube/kind.ts'
import { keyOf } from '../../pkg/kube/resource.ts'
import { cloudKeyOf, connectedCloud } from '../../pkg/openstack/cloud-access.ts'
import type { CloudRegistry } from '../../pkg/openstack/cloud-registry.ts'
import { type DataTools, GlanceData } from './glance-data.ts'
import { GlanceRecord } from './glance-record.ts'
import type { ObservedInCloud } from './observed.ts'
import { awaitBytes } from './outcomes.ts'
import type { Scene } from './scene.ts'
import type { ImageStep } from './steps.ts'

/** What acting needs. */
export interface ActTools extends DataTools {
  registry: CloudRegistry
}

/** Carries out one step. Each effect can be repeated: ids are chosen by us, deletion and patches are idempotent. */
export class ImageActor {
  readonly #tools: ActTools
  readonly #record: GlanceRecord
  readonly #data: GlanceData

  constructor(tools: ActTools) {
    this.#tools = tools
    this.#record = new GlanceRecord(tools.memory)
    this.#data = new GlanceData(tools)
  }

  async act(step: ImageStep, image: Image, observed: ObservedInCloud, signal: AbortSignal): Promise<Outcome> {
    const scene: Scene = { image, observed, cloud: connectedCloud(this.#tools.registry, cloudKeyOf(image)), signal }
    switch (step.type) {
      case 'AwaitCloud':
      case 'Stall':
      case 'Await':
        return settle(step, keyOf(image), scene.cloud.imageInventory)
      case 'Rest':
        return await this.#data.finish(scene)
      case 'AwaitTransfer':
        scene.cloud.imageInventory.rest(keyOf(image))
        return awaitBytes(image)
      case 'Create':
        await this.#data.forgetAttempt(scene)
        return await this.#record.create(step, scene)
      case 'StartTransfer':
        return await this.#data.startTransfer(step.id, scene)
      case 'EndTransfer':
        return await this.#data.endTransfer(step.failure, scene)
      case 'StopTransfer':
        return await this.#data.stopTransfer(scene)
      case 'StartImport':
        return await this.#data.startImport(step.id, scene)
      case 'EndImport':
        return this.#data.endImport(step.id, step.failure, scene)
      case 'Update':
        return await this.#record.update(step, scene)
      case 'Discard':
        return await this.#record.discard(step, scene)
      case 'Delete':
        return await this.#record.delete(step.id, scene)
      case 'ProveAbsence':
        return await this.#record.proveAbsence(step.id, scene)
    }
  }

  /** What runs for an object ends with it, or when another replica takes over. */
  forget(key: string): void {
    this.#tools.jobs.forget(key)
  }
}
