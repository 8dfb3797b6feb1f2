import { DESKTOP } from '../../api/v1alpha1/names.ts'
import type { Desktop, DesktopResize } from '../../api/v1alpha1/objects.ts'
import { fieldsOf } from '../../pkg/kube/applied.ts'
import type { KubeClient } from '../../pkg/kube/client.ts'
import { isNotFound } from '../../pkg/kube/errors.ts'
import type { Informer } from '../../pkg/kube/informer.ts'
import type { ResourceType } from '../../pkg/kube/resource.ts'

const desktopType: ResourceType<Desktop> = DESKTOP

type Status = NonNullable<Desktop['status']>

/** Manager of the fields of a Desktop's status that resizes own. */
const fieldManager = 'auxo-desktop-resize'

/** Resizes that a desktop keeps in mind. */
const mostExecuted = 16

/** `Desktop.status.activeOperation`: taken and given back by compare-and-swap on the Desktop's resourceVersion. */
export class DesktopOperations {
  readonly #client: KubeClient
  readonly #desktops: Informer<Desktop>

  constructor(client: KubeClient, desktops: Informer<Desktop>) {
    this.#client = client
    this.#desktops = desktops
  }

  /** Fails as a `Conflict` when the Desktop changed since it was looked at: then it is looked at again. */
  async take(resize: DesktopResize, desktop: Desktop | undefined): Promise<void> {
    if (desktop === undefined) return
    const { name, uid = '' } = resize.metadata
    const startTime = resize.status?.startTime ?? new Date().toISOString()
    const { executedResizes } = desktop.status ?? {}
    await this.#write(desktop, {
      activeOperation: { kind: 'DesktopResize', name, uid, startTime },
      ...(executedResizes && { executedResizes }),
    })
  }

  /** Gives it back, and keeps the outcome of a resize that had an effect in mind. Nothing where it is not ours. */
  async release(resize: DesktopResize, desktop: Desktop | undefined): Promise<void> {
    if (desktop === undefined || desktop.status?.activeOperation?.name !== resize.metadata.name) return
    try {
      await this.#write(desktop, { executedResizes: executed(resize, desktop) })
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }

  async #write({ metadata }: Desktop, status: Pick<Status, 'activeOperation' | 'executedResizes'>): Promise<void> {
    const { namespace, name, resourceVersion } = metadata
    const fields = fieldsOf<Desktop>({ metadata: { namespace, name, resourceVersion }, status })
    const options = { fieldManager, force: true, subresource: 'status' } as const
    this.#desktops.observed(await this.#client.apply(desktopType, fields, options))
  }
}

/** The latest first; only what changed the desktop must not be done again. */
function executed({ status }: DesktopResize, desktop: Desktop): NonNullable<Status['executedResizes']> {
  const before = desktop.status?.executedResizes ?? []
  const { idempotencyKey: key, hash, outcome, finishTime } = status ?? {}
  if (outcome !== 'Succeeded' || key === undefined || hash === undefined) return before
  const latest = { key, hash, outcome, finishTime }
  return [latest, ...before.filter((one) => one.key !== key)].slice(0, mostExecuted)
}
