import type { DesktopResize } from '../../api/v1alpha1/objects.ts'
import { settle } from '../../pkg/cloud-objects/waits.ts'
import type { Outcome } from '../../pkg/kube/kind.ts'
import { done } from '../../pkg/kube/outcomes.ts'
import { keyOf } from '../../pkg/kube/resource.ts'
import type { ConnectedCloud } from '../../pkg/openstack/cloud-registry.ts'
import { OpenStackError } from '../../pkg/openstack/errors.ts'
import type { Receipt } from '../../pkg/openstack/service-api.ts'
import { type Ask, askNova } from './ask-nova.ts'
import type { DesktopOperations } from './desktop-operations.ts'
import { flavorOf, lockReasonOf } from './identity.ts'
import { makeFlavor } from './make-flavor.ts'
import type { ResizeMemory } from './memory.ts'
import type { ObserveSources } from './observe.ts'
import type { Observed, ObservedInCloud } from './observed.ts'
import type { QuotaHolds } from './quota-holds.ts'
import { relock } from './relock.ts'
import { conclude, recordTrace } from './server-trace.ts'
import type { Finish, NovaStep, ResizeStep } from './steps.ts'

/** What acting needs. */
export interface ActTools extends Pick<ObserveSources, 'registry' | 'desktopOf'> {
  memory: ResizeMemory
  desktops: Pick<DesktopOperations, 'take' | 'release'>
  quotas: Pick<QuotaHolds, 'hold' | 'release'>
}

/** Carries out one step: at most one request that changes something. */
export class ResizeActor {
  readonly #tools: ActTools

  constructor(tools: ActTools) {
    this.#tools = tools
  }

  async act(step: ResizeStep, resize: DesktopResize, observed: Observed, signal: AbortSignal): Promise<Outcome> {
    const { desktops, desktopOf } = this.#tools
    switch (step.type) {
      case 'AwaitCloud':
      case 'Stall':
        return { type: 'Settled' }
      case 'Await':
      case 'Rest':
        return this.#wait(step, resize, observed)
      case 'Finish':
        return await this.#finish(step, resize, observed)
      case 'Release':
        await desktops.release(resize, desktopOf(resize))
        return { type: 'Done' }
      case 'Fail':
        return done(step.reason, step.step, step.message, 'Warning')
      default:
        if (observed.state !== 'Ready') return { type: 'Settled' }
        return await this.#effect(step, resize, observed, signal)
    }
  }

  async #effect(
    step: Exclude<ResizeStep, { type: 'AwaitCloud' | 'Stall' | 'Await' | 'Rest' | 'Finish' | 'Release' | 'Fail' }>,
    resize: DesktopResize,
    observed: ObservedInCloud,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const cloud = this.#cloud(resize)
    const { desktops, quotas, desktopOf, memory } = this.#tools
    switch (step.type) {
      case 'Take':
        await desktops.take(resize, desktopOf(resize))
        return { type: 'Done' }
      case 'Adopt':
        return done('Resumed', 'Adopt', 'goes on with a resize that was begun before this object was made')
      case 'Hold':
        await quotas.hold(step, resize, observed, cloud, signal)
        memory.answered(resize.metadata.uid ?? '', 'Hold', { type: 'Accepted', requestID: undefined })
        return { type: 'Done' }
      case 'ReleaseHold':
        await quotas.release(resize, observed)
        memory.answered(resize.metadata.uid ?? '', 'ReleaseHold', { type: 'Accepted', requestID: undefined })
        return { type: 'Done' }
      default:
        return await this.#ask(step, { resize, observed, cloud, signal })
    }
  }

  async #ask(step: NovaStep, scene: Ask): Promise<Outcome> {
    const { resize, observed, cloud, signal } = scene
    const { serverActions, locks } = cloud
    const serverID = resize.status?.serverID ?? ''
    // Whoever waits for what follows looks often again.
    cloud.serverInventory.rest(inventoryKey(resize))
    const send = (call: () => Promise<Partial<Receipt>>) => askNova(step, scene, this.#tools.memory, call)
    switch (step.type) {
      case 'Record':
        return await send(withoutReceipt(() => recordTrace(scene)))
      case 'Conclude':
        return await send(withoutReceipt(() => conclude(scene, step.succeeded)))
      case 'Lock':
        return await send(() => locks.actions.lock(serverID, lockReasonOf(resize, observed.operation), { signal }))
      case 'Relock':
        return await send(() => relock(scene))
      case 'Unlock':
        return await send(() => locks.actions.unlock(serverID, { signal }))
      case 'PowerOff':
        return await send(() => serverActions.stop(serverID, { signal }))
      case 'PowerOn':
        return await send(() => serverActions.start(serverID, { signal }))
      case 'Resize':
        return await send(() => serverActions.resize(serverID, flavorOf(observed.operation).id, { signal }))
      case 'Confirm':
        return await send(() => serverActions.confirmResize(serverID, { signal }))
      case 'Revert':
        return await send(() => serverActions.revertResize(serverID, { signal }))
      case 'Recover':
        return await send(() => serverActions.reboot(serverID, 'HARD', { signal }))
      case 'CreateFlavor':
        return await send(withoutReceipt(() => makeFlavor(scene, this.#tools.desktopOf(resize))))
      case 'CompleteFlavor': {
        const specs = resize.status?.preImage?.extraSpecs ?? {}
        return await send(
          withoutReceipt(() => cloud.flavors.setExtraSpecs(flavorOf(observed.operation).id, specs, { signal })),
        )
      }
      case 'DeleteNewFlavor':
        return await send(withoutReceipt(() => deleted(cloud, flavorOf(observed.operation).id, signal)))
      case 'DeleteOldFlavor':
        return await send(withoutReceipt(() => deleted(cloud, resize.status?.preImage?.flavorID ?? '', signal)))
    }
  }

  #wait(step: Extract<ResizeStep, { type: 'Await' | 'Rest' }>, resize: DesktopResize, observed: Observed): Outcome {
    const inventory = this.#find(resize)?.serverInventory
    const key = inventoryKey(resize)
    if (step.type === 'Rest' || inventory === undefined) {
      inventory?.rest(key)
      inventory?.release(key)
      this.#tools.memory.forget(resize.metadata.uid ?? '')
      return step.type === 'Rest' ? { type: 'Settled' } : { type: 'Waiting' }
    }
    inventory.need(key)
    settle(step, key, inventory)
    // Not brief: what status shows of the steps so far is written at once.
    return { type: 'Waiting', ...secondsUntil(step.hurry, observed) }
  }

  async #finish({ outcome, reason, message }: Finish, resize: DesktopResize, observed: Observed): Promise<Outcome> {
    const { desktops, desktopOf } = this.#tools
    const holder = observed.state === 'Ready' ? observed.desktop?.holder : undefined
    if (holder === 'Mine' || holder === 'Earlier') await desktops.release(resize, desktopOf(resize))
    const good = outcome === 'Succeeded' || outcome === 'Unchanged' || outcome === 'Skipped'
    return done(reason, 'Finish', message, good ? 'Normal' : 'Warning')
  }

  #find(resize: DesktopResize): ConnectedCloud | undefined {
    const name = this.#tools.desktopOf(resize)?.spec.cloudRef.name ?? resize.status?.cloud
    return this.#tools.registry.get(`${resize.metadata.namespace}/${name}`)
  }

  #cloud(resize: DesktopResize): ConnectedCloud {
    const cloud = this.#find(resize)
    if (cloud !== undefined) return cloud
    throw new OpenStackError('the Cloud was disconnected meanwhile', { class: 'Unavailable', code: 'Disconnected' })
  }
}

function inventoryKey(resize: DesktopResize): string {
  return `resize ${keyOf(resize)}`
}

/** Migrations change without a change of the server: while Nova is at it, they are looked at now and then. */
const LOOK_SECONDS = 3

/** When to look again by itself: at the next time that matters, and while Nova is at it now and then. */
function secondsUntil(hurry: boolean, observed: Observed): { afterSeconds?: number } {
  const until = observed.state === 'Ready' ? observed.wakeAfterSeconds : undefined
  const soonest = Math.min(until ?? Number.POSITIVE_INFINITY, hurry ? LOOK_SECONDS : Number.POSITIVE_INFINITY)
  return Number.isFinite(soonest) ? { afterSeconds: soonest } : {}
}

/** For calls whose answers have nothing to tell. */
function withoutReceipt(call: () => Promise<void>): () => Promise<Partial<Receipt>> {
  return async () => {
    await call()
    return {}
  }
}

async function deleted(cloud: ConnectedCloud, id: string, signal: AbortSignal): Promise<void> {
  if (id !== '') await cloud.flavors.remove(id, { signal })
}
