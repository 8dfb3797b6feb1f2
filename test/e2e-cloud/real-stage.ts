import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type OpenStack, type OpenStackOptions, startOpenStack } from '../../hack/lab/cloud/openstack.ts'
import { type Session, signIn, type Target, targetOf, type UserName } from '../contract/target.ts'
import { Stage } from '../e2e/harness.ts'
import type { OperatorFlags, OperatorProcess } from '../e2e/operator-process.ts'
import type { Synchronize } from '../e2e/tenant-objects.ts'
import { RealTenant } from './real-tenant.ts'

export interface RealTenantOptions {
  /** Which entry of clouds.yaml. Default `demo`. */
  cloudName?: string
  synchronize?: Synchronize
  /** False: without Secret and Cloud object. */
  connected?: boolean
}

/** The stage of the end-to-end tests with a real OpenStack on it, which all tenants share. */
export class RealStage {
  readonly stage: Stage
  readonly openstack: OpenStack
  readonly #target: Target

  private constructor(stage: Stage, openstack: OpenStack) {
    this.stage = stage
    this.openstack = openstack
    this.#target = targetOf(this.cloudsYaml, { downloadPort: 0, now: Date.now, elapse: async () => {} })
  }

  static async start(options: OpenStackOptions = { services: ['glance'] }): Promise<RealStage> {
    const openstack = await startOpenStack(options)
    try {
      return new RealStage(await Stage.start(), openstack)
    } catch (error) {
      await openstack.stop()
      throw error
    }
  }

  get cloudsYaml(): string {
    return readFileSync(this.openstack.cloudsYaml, 'utf8')
  }

  /** Where Glance keeps its files, one per image id. */
  get store(): string {
    return join(this.openstack.directory, 'glance/fast')
  }

  async signIn(user: UserName): Promise<Session> {
    return await signIn(this.#target, user)
  }

  async operator(flags: OperatorFlags = {}): Promise<OperatorProcess> {
    return await this.stage.operator({ 'resync-seconds': '20', ...flags })
  }

  /** A namespace that is connected to the cloud. */
  async tenant({ cloudName = 'demo', synchronize, connected }: RealTenantOptions = {}): Promise<RealTenant> {
    const tenant = new RealTenant({
      ...(await this.stage.emptyNamespace()),
      yaml: this.cloudsYaml,
      glance: (await this.signIn(cloudName === 'admin' ? 'admin' : 'demo')).service('image'),
      store: this.store,
    })
    if (connected === false) return tenant
    await tenant.applySecret()
    const credentials = { secretRef: { name: 'vdi-cloud' }, cloudName }
    await tenant.applyCloud({ credentials, ...(synchronize && { synchronize: { images: synchronize } }) })
    return tenant
  }

  async stop(): Promise<void> {
    await this.stage.stop()
    await this.openstack.stop()
  }
}
