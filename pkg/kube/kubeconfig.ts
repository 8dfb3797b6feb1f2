import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { load } from 'js-yaml'
import { Failure } from '../failure/failure.ts'

/** `cluster` of a kubeconfig, as far as it is used. */
export interface KubeconfigCluster {
  server?: string
  'certificate-authority'?: string
  'certificate-authority-data'?: string
  'insecure-skip-tls-verify'?: boolean
  'tls-server-name'?: string
  'proxy-url'?: string
}

/** `user` of a kubeconfig, as far as it is used. */
export interface KubeconfigUser {
  token?: string
  tokenFile?: string
  username?: string
  password?: string
  'client-certificate'?: string
  'client-certificate-data'?: string
  'client-key'?: string
  'client-key-data'?: string
  as?: string
  'as-groups'?: string[]
  exec?: { command?: string; apiVersion?: string; env?: { name: string; value: string }[] } & Record<string, unknown>
  'auth-provider'?: { name?: string; config?: Record<string, unknown> }
}

/** What one context of the kubeconfig means; paths are absolute. */
export interface KubeconfigContext {
  name: string
  clusterName: string
  userName: string
  namespace: string | undefined
  cluster: KubeconfigCluster
  user: KubeconfigUser
}

type Named<K extends string, T> = { name?: string } & { [key in K]?: T }

interface Kubeconfig {
  'current-context'?: string
  clusters?: Named<'cluster', KubeconfigCluster>[] | null
  users?: Named<'user', KubeconfigUser>[] | null
  contexts?: Named<'context', { cluster?: string; user?: string; namespace?: string }>[] | null
}

const pathFields = ['certificate-authority', 'client-certificate', 'client-key', 'tokenFile'] as const

/**
 * Reads one context (the current one unless named) from kubeconfig files. As kubectl does: the first file that says
 * something wins, files that do not exist are skipped, paths are relative to their file.
 */
export async function readKubeconfig(files: readonly string[], context?: string): Promise<KubeconfigContext> {
  const configs = (await Promise.all(files.map(readOne))).filter((config) => config !== undefined)
  const where = files.join(', ')
  if (configs.length === 0) throw invalid(`there is no kubeconfig at ${where}`)
  const name = context ?? configs.map((config) => config['current-context']).find((current) => current)
  if (!name) throw invalid(`${where} names no current-context: choose a context`)
  const found = find(configs, 'contexts', name)?.context
  if (found === undefined) throw invalid(`${where} has no context ${name}`)
  const { cluster: clusterName = '', user: userName = '', namespace } = found
  const cluster = find(configs, 'clusters', clusterName)?.cluster
  if (!cluster?.server) throw invalid(`context ${name} of ${where}: cluster ${clusterName} is missing or has no server`)
  const user = userName === '' ? {} : find(configs, 'users', userName)?.user
  if (user === undefined) throw invalid(`context ${name} of ${where}: there is no user ${userName}`)
  return { name, clusterName, userName, namespace, cluster, user }
}

async function readOne(file: string): Promise<Kubeconfig | undefined> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw invalid(`the kubeconfig ${file} cannot be read`, error)
  }
  const config = parse(file, text)
  for (const { cluster } of config.clusters ?? []) makeAbsolute(cluster, file)
  for (const { user } of config.users ?? []) makeAbsolute(user, file)
  return config
}

function parse(file: string, text: string): Kubeconfig {
  if (text.trim() === '') return {}
  let config: unknown
  try {
    config = load(text)
  } catch (error) {
    // The parser's message quotes the line, which may hold a secret: only its place is told.
    const mark = (error as { mark?: { line?: number } }).mark
    throw invalid(`the kubeconfig ${file} is not YAML${mark?.line === undefined ? '' : ` (line ${mark.line + 1})`}`)
  }
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw invalid(`the kubeconfig ${file} is not a map of clusters, users and contexts`)
  }
  return config
}

function makeAbsolute(entry: Record<string, unknown> | object | null | undefined, file: string): void {
  const fields = (entry ?? {}) as Record<string, unknown>
  for (const field of pathFields) {
    const path = fields[field]
    if (typeof path === 'string' && path !== '') fields[field] = resolve(dirname(file), path)
  }
}

function find<K extends 'clusters' | 'users' | 'contexts'>(configs: Kubeconfig[], list: K, name: string) {
  type Entry = NonNullable<NonNullable<Kubeconfig[K]>[number]>
  const entries = configs.flatMap((config) => (config[list] ?? []) as Entry[])
  return entries.find((entry) => entry.name === name)
}

function invalid(message: string, cause?: unknown): Failure {
  return new Failure(message, { class: 'InvalidSpec', code: 'KubeconfigInvalid', cause })
}
