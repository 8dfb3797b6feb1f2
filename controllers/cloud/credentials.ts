import { CLOUDS_SECRET_TYPE } from '../../api/v1alpha1/names.ts'
import type { Cloud } from '../../api/v1alpha1/objects.ts'
import type { KubeClient } from '../../pkg/kube/client.ts'
import { secretType } from '../../pkg/kube/core-types.ts'
import type { CloudCredentials } from './connector.ts'

/** The Secret that a Cloud refers to. */
export type CredentialsState =
  | { state: 'Present'; credentials: CloudCredentials }
  /** Heals when somebody makes it. */
  | { state: 'Missing'; message: string }
  /** Somebody must make it anew. */
  | { state: 'Invalid'; message: string }

/** Reads the Secret with `get`; the operator may neither list nor watch Secrets. */
export async function readCredentials(
  client: KubeClient,
  cloud: Cloud,
  signal: AbortSignal,
): Promise<CredentialsState> {
  const { name } = cloud.spec.credentials.secretRef
  const secret = await client.get(secretType, { namespace: cloud.metadata.namespace, name }, { signal })
  if (secret === undefined) {
    return {
      state: 'Missing',
      message: `there is no Secret "${name}" in this namespace; make it, or correct secretRef`,
    }
  }
  if (secret.type !== CLOUDS_SECRET_TYPE) {
    const message = `Secret "${name}" has type ${secret.type ?? 'Opaque'}; make it anew with type ${CLOUDS_SECRET_TYPE}`
    return { state: 'Invalid', message }
  }
  const encoded = secret.data?.['clouds.yaml']
  if (encoded === undefined) {
    return { state: 'Missing', message: `Secret "${name}" has no key clouds.yaml; add it` }
  }
  const cacert = secret.data?.['cacert']
  const credentials = { cloudsYaml: decode(encoded), cacert: cacert === undefined ? undefined : decode(cacert) }
  return { state: 'Present', credentials }
}

const decode = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8')
