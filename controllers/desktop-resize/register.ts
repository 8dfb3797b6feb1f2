import { keyOf } from '../../pkg/kube/resource.ts'
import type { Runtime } from '../runtime.ts'
import { DesktopOperations } from './desktop-operations.ts'
import { DesktopResizeKind } from './desktop-resize-kind.ts'
import { Ledger } from './ledger.ts'
import { ResizeMemory } from './memory.ts'
import { QuotaHolds, quotaFor } from './quota-holds.ts'
import { isUnfinished, wakeOn } from './wake.ts'

/** Puts the DesktopResize kind to work. */
export function registerDesktopResizes(runtime: Runtime): void {
  const { client, informers, registry } = runtime
  const { clouds, desktops, desktopResizes, projectQuotas } = informers
  const kind = new DesktopResizeKind({
    registry,
    memory: new ResizeMemory(),
    now: Date.now,
    cloudOf: (key) => clouds.get(key),
    desktopOf: ({ metadata, spec }) => desktops.get(`${metadata.namespace}/${spec.desktopRef.name}`),
    resizesOf: (desktop) => desktopResizes.byIndex('desktop', keyOf(desktop)),
    quotaOf: (cloudKey, projectID) => quotaFor(projectQuotas.byIndex('cloud', cloudKey), projectID),
    isTurnOfOther: (cloudKey, { metadata }) =>
      desktopResizes.list().some((other) => {
        const key = `${other.metadata.namespace}/${other.status?.cloud}`
        const ledger = new Ledger(other)
        const has = ledger.of('Hold') === 'Done' && !ledger.sent('ReleaseHold')
        return has && isUnfinished(other) && key === cloudKey && other.metadata.uid !== metadata.uid
      }),
    desktops: new DesktopOperations(client, desktops),
    quotas: new QuotaHolds(client, projectQuotas),
  })
  const controller = runtime.control('desktop-resize', kind, desktopResizes)
  const wake = (key: string) => controller.enqueue(key, 'Operation')
  const sources = { resizes: desktopResizes, desktops, quotas: projectQuotas, clouds, registry, wake }
  runtime.ends.push(wakeOn(sources))
}
