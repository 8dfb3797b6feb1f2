import type { KubeObject, ResourceType } from './resource.ts'

/** A Secret of the core group; values are base64. */
export interface Secret extends KubeObject {
  type?: string
  data?: Record<string, string>
}

export interface ConfigMap extends KubeObject {
  data?: Record<string, string>
}

export const secretType: ResourceType<Secret> = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret' }
export const configMapType: ResourceType<ConfigMap> = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
}
