import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { Failure } from '../failure/failure.ts'
import { type KubeconfigContext, type KubeconfigUser, readKubeconfig } from './kubeconfig.ts'

/** Where the API server is and what it is shown there, at one moment. */
export interface Access {
  server: URL
  namespace: string | undefined
  tls: { ca?: Buffer; cert?: Buffer | string; key?: Buffer | string; rejectUnauthorized?: boolean; servername?: string }
  proxy: string | undefined
  headers: Record<string, string | string[]>
  /** How long this may be used before it is read again; Infinity where nothing can change by itself. */
  maxAgeMs: number
}

/** Reads the access; `fresh` also runs a credential plugin again that had something cached. */
export type AccessSource = (fresh: boolean) => Promise<Access>

export interface AccessOptions {
  /** A kubeconfig file. Default: $KUBECONFIG, else the pod's service account, else ~/.kube/config. */
  kubeconfig?: string | undefined
  /** Default: the current context. */
  context?: string | undefined
  env?: Record<string, string | undefined>
}

const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount'
/** Tokens that the kubelet writes are good for much longer; client-go reads them again as often. */
const tokenFileMaxAgeMs = 60_000
const pluginMaxAgeMs = 10_000

/** Finds out where the access is described. */
export function accessSource({ kubeconfig, context, env = process.env }: AccessOptions = {}): AccessSource {
  const files = kubeconfig ? [kubeconfig] : (env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '')
  if (files.length > 0) return fromKubeconfig(files, context)
  const host = env['KUBERNETES_SERVICE_HOST']
  if (host && existsSync(`${serviceAccount}/token`)) return fromPod(host, env['KUBERNETES_SERVICE_PORT'] ?? '443')
  return fromKubeconfig([join(env['HOME'] ?? homedir(), '.kube', 'config')], context)
}

/** The pod's service account. */
export function fromPod(host: string, port: string, directory = serviceAccount): AccessSource {
  const server = new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`)
  return async () => ({
    server,
    namespace: await readFile(`${directory}/namespace`, 'utf8').then(
      (text) => text.trim(),
      () => undefined,
    ),
    tls: { ca: await readFile(`${directory}/ca.crt`) },
    proxy: undefined,
    headers: { authorization: `Bearer ${(await readFile(`${directory}/token`, 'utf8')).trim()}` },
    maxAgeMs: tokenFileMaxAgeMs,
  })
}

/** A context of kubeconfig files. */
export function fromKubeconfig(files: readonly string[], contextName?: string): AccessSource {
  const plugins = new PluginCredentials()
  return async (fresh) => {
    const context = await readKubeconfig(files, contextName)
    const { cluster, user, namespace } = context
    const usesPlugin = Boolean(user.exec ?? user['auth-provider'])
    const plugin = usesPlugin ? await plugins.of(context, fresh) : {}
    const ca = await content(cluster['certificate-authority-data'], cluster['certificate-authority'])
    const cert = plugin.cert ?? (await content(user['client-certificate-data'], user['client-certificate']))
    const key = plugin.key ?? (await content(user['client-key-data'], user['client-key']))
    const servername = cluster['tls-server-name']
    return {
      server: serverUrl(context),
      namespace,
      tls: {
        ...(ca && { ca }),
        ...(cert && { cert }),
        ...(key && { key }),
        ...(servername && { servername }),
        ...(cluster['insecure-skip-tls-verify'] && { rejectUnauthorized: false }),
      },
      proxy: cluster['proxy-url'] || undefined,
      headers: { ...(await userHeaders(user)), ...plugin.headers },
      maxAgeMs: usesPlugin ? pluginMaxAgeMs : user.tokenFile ? tokenFileMaxAgeMs : Number.POSITIVE_INFINITY,
    }
  }
}

function serverUrl({ name, cluster }: KubeconfigContext): URL {
  const url = URL.parse(cluster.server ?? '')
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url
  throw new Failure(`context ${name}: the cluster's server is not a URL with http or https`, {
    class: 'InvalidSpec',
    code: 'KubeconfigInvalid',
  })
}

async function userHeaders(user: KubeconfigUser): Promise<Record<string, string | string[]>> {
  const headers: Record<string, string | string[]> = {}
  // As kubectl: a token file wins over a token.
  const token = user.tokenFile ? (await readFile(user.tokenFile, 'utf8')).trim() : user.token
  if (token) headers['authorization'] = `Bearer ${token}`
  else if (user.username) {
    const pair = `${user.username}:${user.password ?? ''}`
    headers['authorization'] = `Basic ${Buffer.from(pair).toString('base64')}`
  }
  if (user.as) headers['impersonate-user'] = user.as
  if (user['as-groups']) headers['impersonate-group'] = user['as-groups']
  return headers
}

async function content(base64: string | undefined, file: string | undefined): Promise<Buffer | undefined> {
  if (base64) return Buffer.from(base64, 'base64')
  return file ? await readFile(file) : undefined
}

interface PluginAnswer {
  headers?: Record<string, string>
  cert?: string
  key?: string
}

/**
 * Credential plugins (`exec`) and OIDC, by way of client-node. It is loaded only here: it costs 80 MB and half a second.
 */
class PluginCredentials {
  #config: { applyToHTTPSOptions(options: object): Promise<void> } | undefined

  async of(context: KubeconfigContext, fresh: boolean): Promise<PluginAnswer> {
    if (fresh || this.#config === undefined) this.#config = await load(context)
    const options: PluginAnswer & { headers: Record<string, string> } = { headers: {} }
    try {
      await this.#config.applyToHTTPSOptions(options)
    } catch (error) {
      throw new Failure(`the credential plugin of user ${context.userName} failed: ${reason(error)}`, {
        class: 'Auth',
        code: 'CredentialPluginFailed',
        cause: error,
      })
    }
    const { headers, cert, key } = options
    const authorization = headers['Authorization']
    return {
      ...(authorization && { headers: { authorization } }),
      ...(cert && { cert }),
      ...(key && { key }),
    }
  }
}

async function load({ clusterName, userName, cluster, user }: KubeconfigContext) {
  const { KubeConfig } = await import('@kubernetes/client-node')
  const config = new KubeConfig()
  const info = { apiVersion: user.exec?.apiVersion, kind: 'ExecCredential', spec: { interactive: false } }
  const exec = user.exec && {
    ...user.exec,
    // Plugins ask this variable for the version to answer in; client-node does not set it.
    env: [...(user.exec.env ?? []), { name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(info) }],
  }
  config.loadFromClusterAndUser(
    { name: clusterName, server: cluster.server ?? '', skipTLSVerify: true },
    { name: userName, exec, authProvider: user['auth-provider'] },
  )
  return config
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message.trim().slice(0, 500) : String(error)
}
