import { harnessDirectory } from '../../hack/lab/harness.ts'
import { type Kube, startKube } from '../../hack/lab/kube/kube.ts'
import { ProcessSupervisor } from '../../hack/lab/processes.ts'
import { startWww, type Www } from '../../hack/lab/www/www.ts'
import { KubeClient } from '../../pkg/kube/client.ts'
import { type Connection, loadConnection } from '../../pkg/kube/connection.ts'
import type { KubeObject, ResourceType } from '../../pkg/kube/resource.ts'
import { type Cloud, startCloud } from '../cloud/cloud.ts'
import { readManifests } from '../config/manifests.ts'
import { eventually } from '../support/eventually.ts'
import { ApiProxy } from './api-proxy.ts'
import { type OperatorFlags, OperatorProcess } from './operator-process.ts'
import { Recorder } from './recorder.ts'
import { Tenant, type TenantOptions } from './tenant.ts'
import type { TenantParts } from './tenant-objects.ts'

/** The first run builds the API server. */
export const START_MS = 900_000

const crdType: ResourceType = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
}
const namespaceType: ResourceType = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace' }
const imageType: ResourceType = { group: 'vdi.auxo.dev', version: 'v1alpha1', plural: 'images', kind: 'Image' }

/**
 * What an end-to-end test plays on: a real API server with our definitions, a web server, and as many in-memory clouds
 * and operator processes as it asks for. Everything ends with `stop()`, or with this process.
 */
export class Stage {
  readonly kube: Kube
  readonly www: Www
  readonly client: KubeClient
  /** Every state that objects were in. */
  readonly recorder: Recorder
  readonly #connection: Connection
  readonly #processes: ProcessSupervisor
  readonly #clouds: Cloud[] = []
  readonly #proxies: ApiProxy[] = []
  #tenants = 0
  #operators = 0

  private constructor(kube: Kube, www: Www, connection: Connection) {
    this.kube = kube
    this.www = www
    this.#connection = connection
    this.client = new KubeClient({ connection })
    this.recorder = new Recorder(this.client)
    this.#processes = new ProcessSupervisor(harnessDirectory('operators'), 'bound')
  }

  static async start(): Promise<Stage> {
    const [kube, www] = await Promise.all([startKube(), startWww()])
    const stage = new Stage(kube, www, await loadConnection({ kubeconfig: kube.kubeconfig }))
    try {
      await stage.#install()
    } catch (error) {
      await stage.stop()
      throw error
    }
    return stage
  }

  /** A cloud of one's own, so that faults and counts are nobody else's. */
  async cloud(): Promise<Cloud> {
    const cloud = await startCloud()
    this.#clouds.push(cloud)
    return cloud
  }

  /** A namespace with a Secret and a Cloud object for an in-memory cloud. */
  async tenant(options: TenantOptions = {}): Promise<Tenant> {
    const cloud = options.cloud ?? (await this.cloud())
    const tenant = new Tenant({ ...(await this.emptyNamespace()), cloud })
    if (options.connected !== false) await tenant.connect(options.synchronize)
    return tenant
  }

  /** A new namespace with nothing in it, for a tenant. */
  async emptyNamespace(): Promise<TenantParts> {
    this.#tenants += 1
    const namespace = `tenant-${this.#tenants}`
    await this.client.create(namespaceType, { metadata: { name: namespace } })
    return { client: this.client, www: this.www, namespace }
  }

  /** An operator in a process of its own; `flags` are added to those that the lab needs. */
  async operator(flags: OperatorFlags = {}, { wait = true } = {}): Promise<OperatorProcess> {
    this.#operators += 1
    const operator = new OperatorProcess(this.#processes, `operator-${this.#operators}`, {
      kubeconfig: this.kube.kubeconfig,
      ...flags,
    })
    await (wait ? operator.start() : operator.launch())
    return operator
  }

  /** A way to the API server on which requests can be held and connections cut. */
  async apiProxy(): Promise<ApiProxy> {
    const proxy = await ApiProxy.start(this.kube)
    this.#proxies.push(proxy)
    return proxy
  }

  async stop(): Promise<void> {
    await this.recorder.stop()
    await this.#processes.stopAll({ now: true })
    await Promise.all([...this.#clouds.map((cloud) => cloud.stop()), ...this.#proxies.map((proxy) => proxy.stop())])
    await this.#connection.close()
    await Promise.all([this.kube.stop(), this.www.stop()])
  }

  async #install(): Promise<void> {
    for (const manifest of [...readManifests('crds'), ...['auxo-system'].map(namespaceManifest)]) {
      const type = manifest.kind === 'Namespace' ? namespaceType : crdType
      await this.client.apply(type, manifest as KubeObject, { fieldManager: 'test' })
    }
    // A definition is served a moment after it is stored.
    await eventually('our kinds are served', async () => (await this.client.list(imageType)).items.length === 0)
    this.recorder.start()
  }
}

function namespaceManifest(name: string) {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
}
