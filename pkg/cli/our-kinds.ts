import { GROUP, VERSION } from '../../api/v1alpha1/names.ts'
import type { KubeClient } from '../kube/client.ts'
import { isNotFound } from '../kube/errors.ts'
import type { ResourceType } from '../kube/resource.ts'
import { CliError, EXIT } from './exit-code.ts'
import type { AnyObject } from './kinds.ts'

interface ApiResourceList {
  resources: { name: string; kind: string; namespaced: boolean; verbs: string[]; categories?: string[] }[]
}

/** Every kind of the category `auxo` that this API server has: newer ones than this program knows, too. */
export async function ourKinds(client: KubeClient, signal: AbortSignal): Promise<ResourceType<AnyObject>[]> {
  try {
    const { resources } = await client.request<ApiResourceList>({
      method: 'GET',
      path: `/apis/${GROUP}/${VERSION}`,
      signal,
    })
    return resources
      .filter(({ categories, verbs }) => categories?.includes('auxo') && verbs.includes('list'))
      .map(({ name, kind, namespaced }) => ({ group: GROUP, version: VERSION, plural: name, kind, namespaced }))
  } catch (error) {
    if (!isNotFound(error)) throw error
    throw new CliError('Auxo is not installed in this cluster (its CRDs are missing)', EXIT.notFound, { cause: error })
  }
}
