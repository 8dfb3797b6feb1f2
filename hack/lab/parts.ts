import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { request } from 'undici'
import { attachOpenStack, startOpenStack } from './cloud/openstack.ts'
import { PORT_COUNT, type Service } from './cloud/services.ts'
import { startKube } from './kube/kube.ts'
import { freePorts } from './ports.ts'
import { ProcessSupervisor } from './processes.ts'

/** What somebody who wants to use a part has to know: addresses, environment variables. */
export type Facts = Record<string, string>

/** How to start one. */
export interface PartOptions {
  directory: string
  /** First of the part's consecutive ports; undefined: free ones. */
  firstPort: number | undefined
  services: readonly Service[]
  signal: AbortSignal
}

/** One thing that `lab` brings up and that outlives the command. */
interface Part {
  /** How many consecutive ports it takes. */
  portCount: number
  up(options: PartOptions): Promise<Facts>
  /** Back to the state after `up`, at the same addresses. */
  reset(directory: string): Promise<void>
}

export type PartName = 'kube' | 'cloud' | 'www'

const kube: Part = {
  portCount: 3,
  async up({ directory, firstPort: first, signal }) {
    const ports = first === undefined ? {} : { ports: { api: first, etcd: first + 1, etcdPeer: first + 2 } }
    const { server, kubeconfig, kubectl } = await startKube({ ...KEPT, ...ports, directory, signal })
    return { url: server, KUBECONFIG: kubeconfig, kubectl }
  },
  async reset(directory) {
    await new ProcessSupervisor(directory, 'kept').stopAll({ now: true })
    rmSync(join(directory, 'etcd'), { recursive: true, force: true })
    await startKube({ ...KEPT, directory })
  },
}

const KEPT = { controllers: true, lifetime: 'kept' } as const

const cloud: Part = {
  portCount: PORT_COUNT,
  async up({ directory, firstPort, services, signal }) {
    const ports = firstPort === undefined ? {} : { portBase: firstPort }
    const { authUrl, cloudsYaml } = await startOpenStack({ ...ports, directory, lifetime: 'kept', services, signal })
    return { url: authUrl, OS_CLIENT_CONFIG_FILE: cloudsYaml, clouds: 'admin demo demo2 reader demo-appcred' }
  },
  async reset(directory) {
    await attachOpenStack(directory).reset()
  },
}

const www: Part = {
  portCount: 1,
  async up({ directory, firstPort, signal }) {
    const port = firstPort ?? ((await freePorts(1))[0] as number)
    const url = `http://127.0.0.1:${port}`
    const supervisor = new ProcessSupervisor(directory, 'kept')
    const program = fileURLToPath(new URL('./www/serve.ts', import.meta.url))
    await supervisor.start({ name: 'www', file: process.execPath, args: [program, `${port}`] })
    const answers = async () => (await request(`${url}/bytes/0`, { method: 'HEAD' })).statusCode === 200
    await supervisor.until(url, answers, { needs: ['www'], signal })
    return { url, example: `${url}/bytes/10000000?cutAfter=5000` }
  },
  async reset() {}, // keeps no state
}

export const PARTS: Record<PartName, Part> = { kube, cloud, www }
export const PART_NAMES = Object.keys(PARTS) as PartName[]
