import type { ProjectQuota } from '../../api/v1alpha1/objects.ts'
import { writeHolds } from '../../pkg/cloud-objects/quota-holds.ts'
import { conditionOf } from '../../pkg/kube/conditions.ts'
import { keyOf } from '../../pkg/kube/resource.ts'
import { cloudKeyOf } from '../../pkg/openstack/cloud-access.ts'
import type { Runtime } from '../runtime.ts'
import { ProjectQuotaKind } from './project-quota-kind.ts'

/** Puts the ProjectQuota kind to work. */
export function registerProjectQuotas(runtime: Runtime): void {
  const { client, informers, registry } = runtime
  const { clouds, desktopResizes, projectQuotas } = informers
  const inNamespace = ({ metadata }: ProjectQuota) =>
    desktopResizes.list().filter((resize) => resize.metadata.namespace === metadata.namespace)
  const kind = new ProjectQuotaKind({
    registry,
    cloudOf: (quota) => clouds.get(cloudKeyOf(quota)),
    othersOf: (quota) => projectQuotas.byIndex('cloud', cloudKeyOf(quota)),
    resizesOf: inNamespace,
    today: () => new Date(),
    writeHolds: async (quota, holds) => {
      await writeHolds(client, projectQuotas, quota, holds)
    },
  })
  const controller = runtime.control('project-quota', kind, projectQuotas)
  const ofCloud = (cloudKey: string) => {
    for (const quota of projectQuotas.byIndex('cloud', cloudKey)) controller.enqueue(keyOf(quota))
  }
  runtime.ends.push(
    registry.subscribe(ofCloud),
    clouds.subscribe(({ type, object }) => {
      if (type !== 'Updated' || conditionOf(object, 'Ready')?.status !== 'True') ofCloud(keyOf(object))
    }),
    // What an ended resize held, and an older quota that is gone, concern those that stay.
    desktopResizes.subscribe(({ type, object }) => {
      const ended = type === 'Deleted' || object.status?.outcome !== undefined
      if (ended && object.status?.cloud !== undefined) ofCloud(`${object.metadata.namespace}/${object.status.cloud}`)
    }),
    projectQuotas.subscribe(({ type, object }) => {
      if (type === 'Deleted') ofCloud(cloudKeyOf(object))
    }),
  )
}
