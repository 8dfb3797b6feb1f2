import { PROJECT_QUOTA } from '../../api/v1alpha1/names.ts'
import type { ProjectQuota } from '../../api/v1alpha1/objects.ts'
import { fieldsOf } from '../kube/applied.ts'
import type { KubeClient } from '../kube/client.ts'
import type { Informer } from '../kube/informer.ts'
import type { ResourceType } from '../kube/resource.ts'

type Holds = NonNullable<NonNullable<ProjectQuota['status']>['holds']>

const projectQuotaType: ResourceType<ProjectQuota> = PROJECT_QUOTA

/** Manager of `holds`: whoever changes them writes all of them under its name. */
const fieldManager = 'auxo-quota-holds'

/** Writes the holds of a ProjectQuota, if it is still the one that was read: else a `Conflict`. */
export async function writeHolds(
  client: KubeClient,
  quotas: Informer<ProjectQuota>,
  { metadata }: ProjectQuota,
  holds: Readonly<Holds>,
): Promise<void> {
  const { namespace, name, resourceVersion } = metadata
  const status = { holds: [...holds] }
  const fields = fieldsOf<ProjectQuota>({ metadata: { namespace, name, resourceVersion }, status })
  const options = { fieldManager, force: true, subresource: 'status' } as const
  quotas.observed(await client.apply(projectQuotaType, fields, options))
}
