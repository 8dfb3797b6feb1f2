import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Agent, request } from 'undici'
import { CertificateAuthority, signingKeys } from '../certificates.ts'
import { harnessDirectory } from '../harness.ts'
import { LabError } from '../lab-error.ts'
import { freePorts } from '../ports.ts'
import { type Lifetime, ProcessSupervisor } from '../processes.ts'
import { kubernetesBinaries } from './build.ts'
import {
  apiServerCommand,
  type ClusterFiles,
  controllerManagerCommand,
  etcdCommand,
  type KubePorts,
} from './commands.ts'
import { writeKubeconfig } from './kubeconfig.ts'

/** What to start, and where. */
export interface KubeOptions {
  /** Also the controller manager: garbage collection, namespaces, service accounts, aggregated roles. Default false. */
  controllers?: boolean
  /** Default: free ones. */
  ports?: KubePorts
  /** Default: a new directory that goes away with this process. An earlier cluster's directory continues that one. */
  directory?: string
  /** Default `bound`: ends with this process. */
  lifetime?: Lifetime
  /** Users who log in by a token, beside the administrator; `kubeconfigFor` gives their kubeconfig. */
  users?: readonly { name: string; groups: readonly string[] }[]
  signal?: AbortSignal | undefined
}

/** A running Kubernetes API: real etcd and kube-apiserver, without nodes. */
export interface Kube {
  /** `https://127.0.0.1:PORT`. */
  readonly server: string
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string
  readonly caFile: string
  /** The administrator's bearer token. */
  readonly token: string
  /** Path of a file of JSON lines (audit.k8s.io/v1 Event): every request that writes, without bodies. */
  readonly auditLog: string
  readonly etcdUrl: string
  /** Path of kubectl, of the server's own version. */
  readonly kubectl: string
  /** Runs kubectl as administrator and returns its output; `input` is its standard input. */
  run(args: readonly string[], input?: string): Promise<string>
  /**
   * Path of a kubeconfig for a user. By token for those of `KubeOptions.users`, otherwise, or if asked for, by a
   * client certificate, which works for any name and groups at once.
   */
  kubeconfigFor(user: string, groups: readonly string[], options?: { clientCertificate?: boolean }): Promise<string>
  /** Ends the API server in good order. */
  stopApiServer(): Promise<void>
  /** SIGKILL. */
  killApiServer(): Promise<void>
  startApiServer(): Promise<void>
  /** Stops and starts the API server; it comes back on the same port, with an empty watch cache. */
  restartApiServer(): Promise<void>
  /** Freezes (or thaws) the API server: connections stay open and nothing answers. */
  freezeApiServer(frozen: boolean): void
  /**
   * Compacts etcd: revisions before now are gone. The API server may go on answering watches from its watch cache;
   * `restartApiServer` empties that, and old resource versions then answer 410.
   */
  compact(): Promise<void>
  /** Pids of all its processes. */
  pids(): number[]
  /** Stops everything; removes the directory unless it was given. */
  stop(): Promise<void>
}

/** Starts a Kubernetes API; resolves when it is ready. */
export async function startKube(options: KubeOptions = {}): Promise<Kube> {
  const directory = options.directory ?? harnessDirectory('kube')
  const binaries = await kubernetesBinaries({ controllers: options.controllers ?? false, signal: options.signal })
  const supervisor = new ProcessSupervisor(directory, options.lifetime ?? 'bound')
  const cluster = new LocalCluster(supervisor, await prepare(directory, binaries, options), options)
  try {
    await cluster.start()
  } catch (error) {
    await supervisor.stopAll({ now: true })
    throw error
  }
  return cluster
}

interface Settings {
  ports: KubePorts
  /** Token by user. */
  tokens: Record<string, string>
}

async function prepare(directory: string, binaries: ClusterFiles['binaries'], options: KubeOptions) {
  const pki = join(directory, 'pki')
  mkdirSync(join(directory, 'kubeconfig'), { recursive: true, mode: 0o700 })
  const authority = await CertificateAuthority.open(pki)
  const serving = await authority.server('kube-apiserver', [
    'IP:127.0.0.1',
    'IP:10.0.0.1',
    'DNS:localhost',
    ...['', '.default', '.default.svc', '.default.svc.cluster.local'].map((suffix) => `DNS:kubernetes${suffix}`),
  ])
  const users = [
    { name: 'admin', groups: ['system:masters'] },
    // Its controllers share one identity (see commands.ts), which then needs what all of theirs would be allowed.
    { name: 'system:kube-controller-manager', groups: ['system:masters'] },
    ...(options.users ?? []),
  ]
  const settings = await readSettings(directory, options.ports)
  for (const { name } of users) settings.tokens[name] ??= randomBytes(20).toString('hex')
  writeFileSync(join(directory, 'settings.json'), JSON.stringify(settings), { mode: 0o600 })
  const tokensFile = join(pki, 'tokens.csv')
  const lines = users.map(({ name, groups }) => `${settings.tokens[name]},"${name}","${name}","${groups.join(',')}"\n`)
  writeFileSync(tokensFile, lines.join(''), { mode: 0o600 })
  return {
    ...{ binaries, directory, authority, serving, tokensFile, ports: settings.ports, tokens: settings.tokens },
    ...{ caFile: authority.certificate, signing: signingKeys(pki) },
  }
}

async function readSettings(directory: string, wanted?: KubePorts): Promise<Settings> {
  const file = join(directory, 'settings.json')
  const settings = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Settings) : undefined
  if (settings) return { ...settings, ports: wanted ?? settings.ports }
  if (wanted) return { ports: wanted, tokens: {} }
  const [api, etcd, etcdPeer] = (await freePorts(3)) as [number, number, number]
  return { ports: { api, etcd, etcdPeer }, tokens: {} }
}

class LocalCluster implements Kube {
  readonly server: string
  readonly kubeconfig: string
  readonly caFile: string
  readonly token: string
  readonly auditLog: string
  readonly etcdUrl: string
  readonly kubectl: string
  readonly #supervisor: ProcessSupervisor
  readonly #files: Awaited<ReturnType<typeof prepare>>
  readonly #options: KubeOptions

  constructor(supervisor: ProcessSupervisor, files: Awaited<ReturnType<typeof prepare>>, options: KubeOptions) {
    this.#supervisor = supervisor
    this.#files = files
    this.#options = options
    this.server = `https://127.0.0.1:${files.ports.api}`
    this.caFile = files.caFile
    this.token = files.tokens['admin'] as string
    this.auditLog = join(files.directory, 'log', 'audit.log')
    this.etcdUrl = `http://127.0.0.1:${files.ports.etcd}`
    this.kubectl = files.binaries.kubectl
    this.kubeconfig = this.#writeKubeconfig('admin', { token: this.token })
  }

  async start(): Promise<void> {
    await this.#supervisor.start(etcdCommand(this.#files))
    await this.startApiServer()
    if (this.#options.controllers) await this.#startControllers()
  }

  async run(args: readonly string[], input?: string): Promise<string> {
    const running = promisify(execFile)(this.kubectl, [`--kubeconfig=${this.kubeconfig}`, ...args], {
      maxBuffer: 256 << 20,
    })
    running.child.stdin?.end(input ?? '')
    return (await running).stdout
  }

  async kubeconfigFor(user: string, groups: readonly string[], options: { clientCertificate?: boolean } = {}) {
    const token = this.#files.tokens[user]
    if (token && !options.clientCertificate) return this.#writeKubeconfig(user, { token })
    const digest = createHash('sha256')
      .update([user, ...groups].join('\n'))
      .digest('hex')
    const name = `client-${digest.slice(0, 16)}`
    return this.#writeKubeconfig(user, await this.#files.authority.client(name, user, groups))
  }

  stopApiServer(): Promise<void> {
    return this.#supervisor.stop('kube-apiserver')
  }

  killApiServer(): Promise<void> {
    return this.#supervisor.kill('kube-apiserver')
  }

  async startApiServer(): Promise<void> {
    await this.#supervisor.start(apiServerCommand(this.#files, this.auditLog))
    await this.#answers('/readyz', ['kube-apiserver', 'etcd'])
  }

  async restartApiServer(): Promise<void> {
    await this.stopApiServer()
    await this.startApiServer()
  }

  freezeApiServer(frozen: boolean): void {
    this.#supervisor.signal('kube-apiserver', frozen ? 'SIGSTOP' : 'SIGCONT')
  }

  async compact(): Promise<void> {
    const { header } = (await this.#etcd('range', { key: Buffer.from('/').toString('base64') })) as {
      header: { revision: string }
    }
    await this.#etcd('compaction', { revision: header.revision, physical: true })
  }

  pids(): number[] {
    return this.#supervisor.pids()
  }

  async stop(): Promise<void> {
    await this.#supervisor.stopAll({ now: this.#options.directory === undefined })
    if (this.#options.directory === undefined) rmSync(this.#files.directory, { recursive: true, force: true })
  }

  async #startControllers(): Promise<void> {
    const user = 'system:kube-controller-manager'
    const kubeconfig = this.#writeKubeconfig(user, { token: this.#files.tokens[user] as string })
    await this.#supervisor.start(controllerManagerCommand(this.#files, kubeconfig))
    // Each is the last thing that its controller does at the start.
    await this.#answers('/api/v1/namespaces/default/serviceaccounts/default', ['kube-controller-manager'])
    await this.#answers(
      '/apis/rbac.authorization.k8s.io/v1/clusterroles/view',
      ['kube-controller-manager'],
      (role) => (role as { rules?: unknown[] | null }).rules?.length !== undefined,
    )
  }

  /** Waits until the API server answers 200, and with the right object, to a GET by the administrator. */
  async #answers(path: string, needs: string[], isRight?: (body: unknown) => boolean): Promise<void> {
    const dispatcher = new Agent({ connect: { ca: readFileSync(this.caFile, 'utf8') }, headersTimeout: 10_000 })
    const headers = { authorization: `Bearer ${this.token}` }
    try {
      await this.#supervisor.until(
        `${this.server}${path}`,
        async () => {
          const { statusCode, body } = await request(`${this.server}${path}`, { dispatcher, headers })
          if (statusCode === 200 && isRight) return isRight(await body.json())
          await body.dump()
          return statusCode === 200
        },
        { needs, intervalMs: 40, signal: this.#options.signal },
      )
    } finally {
      await dispatcher.destroy()
    }
  }

  async #etcd(method: string, body: object): Promise<unknown> {
    const answer = await request(`${this.etcdUrl}/v3/kv/${method}`, { method: 'POST', body: JSON.stringify(body) })
    if (answer.statusCode === 200) return answer.body.json()
    throw new LabError(`etcd answers ${answer.statusCode} to ${method}: ${await answer.body.text()}`, 'EtcdRefused')
  }

  #writeKubeconfig(user: string, credentials: Parameters<typeof writeKubeconfig>[4]): string {
    const kind = 'token' in credentials ? 'token' : 'certificate'
    const name = user === 'admin' ? 'admin' : `${user.replaceAll(/[^A-Za-z0-9.-]/g, '_')}-${kind}`
    const path = join(this.#files.directory, 'kubeconfig', name)
    return writeKubeconfig(path, this.server, this.caFile, user, credentials)
  }
}
