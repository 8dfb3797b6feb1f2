import type { KubeObject, ResourceType } from '../resource.ts'

/** The plainest object that every API server has. */
export interface ConfigMap extends KubeObject {
  data?: Record<string, string>
}

export const configMaps: ResourceType<ConfigMap> = { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap' }

/** A ConfigMap to be created. */
export function configMap(name: string, data: Record<string, string> = {}, namespace = 'default'): ConfigMap {
  return { metadata: { namespace, name }, data }
}
