import { readFileSync, writeFileSync } from 'node:fs'
import type { Certificate } from '../certificates.ts'

/** How a user proves who it is. */
export type Credentials = { token: string } | Certificate

/**
 * Writes a kubeconfig of one cluster and one user and returns its path. It is JSON, which is YAML too: user names like
 * `y` need no quoting rules. Everything is embedded, so the file can be moved.
 */
export function writeKubeconfig(
  path: string,
  server: string,
  caFile: string,
  user: string,
  credentials: Credentials,
): string {
  const userData =
    'token' in credentials
      ? { token: credentials.token }
      : { 'client-certificate-data': base64(credentials.certificate), 'client-key-data': base64(credentials.key) }
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'lab',
    contexts: [{ name: 'lab', context: { cluster: 'lab', user, namespace: 'default' } }],
    clusters: [{ name: 'lab', cluster: { server, 'certificate-authority-data': base64(caFile) } }],
    users: [{ name: user, user: userData }],
  }
  writeFileSync(path, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 })
  return path
}

function base64(path: string): string {
  return readFileSync(path).toString('base64')
}
