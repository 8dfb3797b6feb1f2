import { Cinder } from './cinder/cinder.ts'
import { ServerVolumes } from './cinder/server-volumes.ts'
import { newVolumeState } from './cinder/volume-state.ts'
import type { FaultPlan } from './faults.ts'
import { Glance } from './glance.ts'
import { type ApplicationCredential, IdentityStore, type Project } from './identity-store.ts'
import type { StoredImage } from './image.ts'
import { imageFinder } from './image-facts.ts'
import type { ImageLimits } from './image-limits.ts'
import { ImageStore } from './image-store.ts'
import { Keystone } from './keystone.ts'
import { Lab } from './lab.ts'
import { seededNetworks } from './neutron/network-state.ts'
import { Neutron } from './neutron/neutron.ts'
import { ServerPorts } from './neutron/server-ports.ts'
import { Nova } from './nova/nova.ts'
import type { Neighbours } from './nova/ports.ts'
import type { RequestLog } from './request-log.ts'
import { CloudServer } from './server.ts'

export type { FaultRule } from './faults.ts'
export type { StoredImage } from './image.ts'
export type { LoggedRequest } from './request-log.ts'

export interface CloudOptions {
  /** Default 0: any free port. */
  readonly port?: number
  /** Added to every answer. Default 0. */
  readonly latencyMs?: number
  /** How long tokens live. Default a day. */
  readonly tokenSeconds?: number
  /** Milliseconds since the epoch. */
  readonly now?: () => number
}

/**
 * An OpenStack in this process: Keystone, Glance, Nova, Neutron, Cinder's volumes and quotas, over HTTP. One address
 * serves all of them, under /identity, /image, /compute, /network and /volume.
 */
export class Cloud {
  readonly images: ImageStore
  readonly identity: IdentityStore
  readonly limits: ImageLimits
  readonly glance: Glance
  readonly nova: Nova
  /** What Nova asks Neutron, Cinder, Glance and Keystone. */
  neighbours: Neighbours
  readonly cinder: Cinder
  readonly neutron: Neutron
  readonly #server: CloudServer
  readonly #credential: ApplicationCredential

  constructor({ port = 0, latencyMs = 0, tokenSeconds = 86_400, now = Date.now }: CloudOptions) {
    this.images = new ImageStore(now)
    this.identity = new IdentityStore(now, tokenSeconds)
    this.glance = new Glance(this.images)
    this.limits = this.glance.limits
    const image = imageFinder(this.images)
    this.cinder = new Cinder(newVolumeState(), now, image)
    const [admin, demo] = [this.project('admin').id, this.project('demo').id]
    this.neutron = new Neutron(seededNetworks({ admin, demo, now: now() }), now)
    this.neighbours = {
      ports: new ServerPorts(this.neutron.state, now),
      volumes: new ServerVolumes(this.cinder.state, now, image),
      image,
      hasProject: (id) => this.identity.projects.some((one) => one.id === id),
    }
    this.nova = new Nova(now, () => this.neighbours)
    this.#credential = this.identity.addApplicationCredential(this.identity.user('demo'), 'lab', 'appcredsecret')
    const { glance, nova, cinder, neutron } = this
    const services = [new Keystone(this.identity, now), glance, nova, cinder, neutron, new Lab(this)]
    this.#server = new CloudServer(services, this.identity, { now, port, host: '127.0.0.1' })
    this.#server.latencyMs = latencyMs
  }

  /** `http://127.0.0.1:<port>` */
  get url(): string {
    return this.#server.origin
  }

  get authUrl(): string {
    return `${this.url}/identity/v3`
  }

  get faults(): FaultPlan {
    return this.#server.faults
  }

  get requests(): RequestLog {
    return this.#server.requests
  }

  get latencyMs(): number {
    return this.#server.latencyMs
  }

  set latencyMs(milliseconds: number) {
    this.#server.latencyMs = milliseconds
  }

  /** The application credential of the cloud `demo-appcred`; its expiry can be set. */
  get applicationCredential(): ApplicationCredential {
    return this.#credential
  }

  project(name: string): Project {
    const project = this.identity.projects.find((one) => one.name === name)
    if (!project) throw new Error(`the cloud has no project ${name}`)
    return project
  }

  /** The text of a clouds.yaml with the clouds admin, demo, demo2, reader and demo-appcred. */
  cloudsYaml(): string {
    const clouds = this.identity.users.map(({ name, password, defaultProject }) => {
      const auth = { auth_url: this.authUrl, username: name, password, project_name: defaultProject.name }
      const domains = { project_domain_name: 'Default', user_domain_name: 'Default' }
      return `  ${name}:\n    auth: ${JSON.stringify({ ...auth, ...domains })}\n${COMMON}`
    })
    const { id, secret } = this.#credential
    const auth = { auth_url: this.authUrl, application_credential_id: id, application_credential_secret: secret }
    const credential = `  demo-appcred:\n    auth_type: v3applicationcredential\n    auth: ${JSON.stringify(auth)}\n${COMMON}`
    return `clouds:\n${clouds.join('')}${credential}`
  }

  /** Active images without requests; by default the project demo's. Returns their ids. */
  seed(count: number, fields?: (index: number) => Partial<StoredImage>): string[] {
    return this.images.seed(count, this.project('demo').id, fields)
  }

  revokeTokens(): void {
    this.identity.revokeAll()
  }

  /** All live tokens end so many seconds from now. */
  expireTokens(seconds: number): void {
    this.identity.expireAll(seconds)
  }

  setPassword(user: string, password: string): void {
    this.identity.setPassword(user, password)
  }

  /** While on, every connection is cut and new ones are refused. */
  async outage(on: boolean): Promise<void> {
    await (on ? this.#server.close() : this.#server.listen())
  }

  async start(): Promise<void> {
    await this.#server.listen()
  }

  async stop(): Promise<void> {
    this.glance.imports.stop()
    await this.#server.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

const COMMON = '    region_name: RegionOne\n    interface: public\n    identity_api_version: 3\n'

export async function startCloud(options: CloudOptions = {}): Promise<Cloud> {
  const cloud = new Cloud(options)
  await cloud.start()
  return cloud
}
