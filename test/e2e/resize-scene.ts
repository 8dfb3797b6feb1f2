import type { DesktopResize, ProjectQuota } from '../../api/v1alpha1/objects.ts'
import { request } from '../cloud/nova/api.ts'
import type { ServerRecord } from '../cloud/nova/server-record.ts'
import type { Stage } from './harness.ts'
import type { OperatorFlags } from './operator-process.ts'
import type { Tenant } from './tenant.ts'

export const OLD = { vcpus: 1, ram: 512, disk: 1 }

/**
 * A tenant with servers that somebody made, and Desktops for them; the Cloud is an administrator's in the project demo,
 * the in-memory cloud has room for all, and an operator looks after it.
 */
export class ResizeScene {
  readonly tenant: Tenant
  readonly operator: Awaited<ReturnType<Stage['operator']>>
  readonly #ids = new Map<string, string>()

  private constructor(tenant: Tenant, operator: ResizeScene['operator']) {
    this.tenant = tenant
    this.operator = operator
  }

  static async start(stage: Stage, flags: OperatorFlags = {}): Promise<ResizeScene> {
    const tenant = await stage.tenant({ connected: false })
    const { nova } = tenant.cloud
    nova.state.quotas[tenant.cloud.project('demo').id] = { instances: -1, cores: -1, ram: -1 }
    for (const host of nova.state.hosts) Object.assign(host, { vcpus: 10_000, memoryMiB: 100_000_000, diskGiB: 1e6 })
    Object.assign(nova.state.settings.delays, {
      stop: 100,
      start: 100,
      'resize-begin': 200,
      'resize-finished': 200,
      confirm: 200,
    })
    await tenant.applySecret()
    const credentials = { secretRef: { name: 'vdi-cloud' }, cloudName: 'admin' }
    await tenant.applyCloud({ credentials, project: { name: 'demo' } })
    const watched = { 'watch-namespaces': tenant.namespace, 'lease-namespace': tenant.namespace }
    const operator = await stage.operator({ ...watched, 'request-timeout-seconds': '3', ...flags })
    return new ResizeScene(tenant, operator)
  }

  /** A running server of 1 CPU and 512 MiB, and its Desktop. */
  async desktop(
    name: string,
    { metadata = {}, stopped = false }: { metadata?: object; stopped?: boolean } = {},
  ): Promise<string> {
    const id = this.#boot(name, metadata)
    if (stopped) this.#call('POST', `/servers/${id}/action`, { 'os-stop': null })
    this.#ids.set(name, id)
    await this.tenant.desktops.apply(name, {
      cloudRef: { name: 'vdi' },
      source: { type: 'Existing', existing: { id } },
    })
    await this.tenant.desktops.ready(name)
    return id
  }

  /** What the project may use. */
  async quota(limits: ProjectQuota['spec']['limits']): Promise<void> {
    await this.tenant.quotas.apply('demo', { cloudRef: { name: 'vdi' }, project: { name: 'demo' }, limits })
    await this.tenant.quotas.ready('demo')
  }

  server(name: string): ServerRecord {
    const server = this.tenant.cloud.nova.settle().servers[this.#ids.get(name) ?? '']
    if (server === undefined) throw new Error(`no server for ${name}`)
    return server
  }

  /** Asks for a resize to 2 CPUs and 1 GiB, unless `spec` says otherwise. */
  async resize(name: string, desktop: string, spec: Partial<DesktopResize['spec']> = {}): Promise<void> {
    await this.tenant.resizes.apply(name, { desktopRef: { name: desktop }, cpus: 2, memory: '1Gi', ...spec })
  }

  /** Waits until it has ended, told so, and given the desktop back. */
  async ended(name: string): Promise<NonNullable<DesktopResize['status']>> {
    const done = (resize: DesktopResize) =>
      resize.status?.conditions?.every(({ type }) => type !== 'Reconciling') ?? false
    const { status } = await this.tenant.resizes.when(
      name,
      (resize) => resize.status?.outcome !== undefined && done(resize),
    )
    return status ?? {}
  }

  /** What must not be left, whatever happened: our locks, our flavors without a server, holds, taken desktops. */
  async leftovers(): Promise<string[]> {
    const { nova } = this.tenant.cloud
    const { servers, flavors } = nova.settle()
    const used = new Set(Object.values(servers).map(({ flavor }) => flavor.id))
    const [quotas, desktops] = await Promise.all([this.tenant.quotas.list(), this.tenant.desktops.list()])
    return [
      ...Object.values(servers).flatMap(({ name, lockedReason }) =>
        lockedReason?.includes('(auxo ') ? [`lock of ${name}`] : [],
      ),
      ...flavors.flatMap(({ id, name }) =>
        name.startsWith('auxo-resize-') && !used.has(id) ? [`flavor ${name}`] : [],
      ),
      ...quotas.flatMap(({ status }) => (status?.holds ?? []).map(({ resize }) => `hold of ${resize}`)),
      ...desktops.flatMap(({ metadata, status }) => (status?.activeOperation ? [`operation on ${metadata.name}`] : [])),
    ]
  }

  /** How often Nova took an action on a server. */
  taken(name: string, action: string): number {
    const id = this.#ids.get(name)
    return this.tenant.cloud.nova.state.actions.filter((one) => one.serverId === id && one.action === action).length
  }

  #boot(name: string, metadata: object): string {
    const flavor = { id: 'tiny-512', name: 'tiny-512', ...OLD }
    const { nova } = this.tenant.cloud
    if (!nova.state.flavors.some(({ id }) => id === flavor.id)) this.#call('POST', '/flavors', { flavor })
    const image = '11111111-1111-4111-8111-111111111111'
    const server = { name, flavorRef: flavor.id, imageRef: image, networks: 'none', metadata }
    return (this.#call('POST', '/servers', { server }) as { server: { id: string } }).server.id
  }

  #call(method: string, path: string, body: unknown): unknown {
    const { nova } = this.tenant.cloud
    const projectId = this.tenant.cloud.project('demo').id
    const caller = {
      userId: 'somebody',
      projectId,
      isAdmin: true,
      isMember: true,
      requestId: `req-${crypto.randomUUID()}`,
    }
    const answer = request({ state: nova.settle(), caller }, method, path, body)
    nova.settle()
    return answer.body
  }
}
