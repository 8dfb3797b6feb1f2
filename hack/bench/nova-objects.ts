import { randomBytes } from 'node:crypto'
import type { Flavor, KeyPair } from '../../api/v1alpha1/objects.ts'

const named = (name: string) => ({ metadata: { namespace: 'bench', name } })
const cloudRef = { name: 'cloud' }

/** A Flavor of the smallest size. */
export function flavorNamed(name: string): Flavor {
  return { ...named(name), spec: { cloudRef, cpus: 1, memory: '64Mi', disk: '1Gi' } }
}

/** A KeyPair with a key of its own. */
export function keyPairNamed(name: string): KeyPair {
  return { ...named(name), spec: { cloudRef, publicKey: publicKey() } }
}

/** A public key that nobody has the private one of, as OpenSSH writes it. */
export function publicKey(): string {
  const field = (bytes: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes])
  const blob = Buffer.concat([field(Buffer.from('ssh-ed25519')), field(randomBytes(32))])
  return `ssh-ed25519 ${blob.toString('base64')} bench`
}
