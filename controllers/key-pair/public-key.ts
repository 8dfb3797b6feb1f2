import type { KeyPair } from '../../api/v1alpha1/objects.ts'
import type { NewKeyPair } from '../../pkg/openstack/key-pair-service.ts'
import type { NovaKeyPair } from '../../pkg/openstack/nova-key-pair.ts'

/** The name of the key pair in Nova. */
export function nameInNova({ spec, metadata }: Pick<KeyPair, 'spec' | 'metadata'>): string {
  return spec.keyPairName ?? metadata.name
}

/** The key pair to make. */
export function newKeyPair(object: Pick<KeyPair, 'spec' | 'metadata'>): NewKeyPair {
  const { publicKey } = object.spec
  const type = publicKey.startsWith('-----BEGIN CERTIFICATE-----') ? 'x509' : 'ssh'
  return { name: nameInNova(object), type, public_key: publicKey }
}

/** Whether two public keys are the same, whatever their comment, line ends or wrapping. */
export function isSameKey(one: Pick<NovaKeyPair, 'type' | 'public_key'>, other: typeof one): boolean {
  return one.type === other.type && material(one) === material(other)
}

function material({ type, public_key }: Pick<NovaKeyPair, 'type' | 'public_key'>): string {
  const words = public_key.trim().split(/\s+/)
  return type === 'x509' ? words.join('') : words.slice(0, 2).join(' ')
}
