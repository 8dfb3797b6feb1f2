import { HTTP_SECRET_TYPE } from '../../api/v1alpha1/names.ts'
import type { Image } from '../../api/v1alpha1/objects.ts'
import type { KubeClient } from '../../pkg/kube/client.ts'
import { type ConfigMap, configMapType, type Secret, secretType } from '../../pkg/kube/core-types.ts'
import type { AddressPolicy } from '../../pkg/net/address-policy.ts'
import { HttpSource } from '../../pkg/transfer/http-source.ts'
import { TransferError } from '../../pkg/transfer/transfer-error.ts'

/** Opens the URLs of Images, with the credentials and certificates that their specs refer to. */
export class HttpSources {
  readonly #client: KubeClient
  readonly #policy: AddressPolicy

  constructor(client: KubeClient, policy: AddressPolicy) {
    this.#client = client
    this.#policy = policy
  }

  async open({ metadata, spec }: Image, signal: AbortSignal): Promise<HttpSource> {
    const { url = '', secretRef, caRef, decompress } = spec.source.http ?? {}
    const { namespace } = metadata
    const secret = secretRef && (await this.#secret(namespace, secretRef.name, signal))
    const ca = caRef && (await this.#certificates(namespace, caRef.name, signal))
    const headers = secret === undefined ? undefined : { authorization: secret }
    return new HttpSource({ url, policy: this.#policy, headers, ca, decompress })
  }

  /** The value of the Authorization header (RFC 7617, RFC 6750). */
  async #secret(namespace: string, name: string, signal: AbortSignal): Promise<string> {
    const secret = await this.#client.get<Secret>(secretType, { namespace, name }, { signal })
    if (secret === undefined) throw missing(`there is no Secret "${name}" for the URL in this namespace; make it`)
    if (secret.type !== HTTP_SECRET_TYPE) {
      throw missing(`Secret "${name}" has type ${secret.type ?? 'Opaque'}; make it anew with type ${HTTP_SECRET_TYPE}`)
    }
    const value = (key: string) =>
      Buffer.from(secret.data?.[key] ?? '', 'base64')
        .toString('utf8')
        .trim()
    if (secret.data?.['token']) return `Bearer ${value('token')}`
    if (secret.data?.['username'] && secret.data['password']) {
      return `Basic ${Buffer.from(`${value('username')}:${value('password')}`).toString('base64')}`
    }
    throw missing(`Secret "${name}" needs the keys username and password, or token`)
  }

  async #certificates(namespace: string, name: string, signal: AbortSignal): Promise<string> {
    const map = await this.#client.get<ConfigMap>(configMapType, { namespace, name }, { signal })
    const ca = map?.data?.['ca.crt']
    if (ca === undefined)
      throw missing(`there is no ConfigMap "${name}" with the key ca.crt in this namespace; make it`)
    return ca
  }
}

/** Heals when somebody makes the Secret: looked for again, slowly. */
function missing(message: string): TransferError {
  return new TransferError(message, { class: 'NotFound', code: 'SecretMissing' })
}
