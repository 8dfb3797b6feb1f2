import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { dump, load } from 'js-yaml'
import { readCloud } from '../../pkg/openstack/clouds-yaml.ts'
import { connectCloud } from '../../pkg/openstack/connect-cloud.ts'
import { startCloud } from '../../test/cloud/cloud.ts'
import { startOpenStack } from '../lab/cloud/openstack.ts'

/** The cloud that the demo uses. */
export interface DemoCloud {
  /** What is running, for people. */
  name: string
  /** clouds.yaml whose entry `vdi` is the one to use. */
  cloudsYaml: string
  /** Where the entry's user may make flavors: the project that he works in. Desktops are shown only there. */
  project?: string
  stop(): Promise<void>
}

/** An OpenStack in this process. */
export async function inMemoryCloud(): Promise<DemoCloud> {
  const cloud = await startCloud({ latencyMs: 20 })
  cloud.seed(4, (index) => ({ name: ['Windows 7', 'Windows 10', 'Ubuntu 24.04', 'Rescue'][index] ?? 'image' }))
  return { name: 'in-memory cloud', ...inDemo(cloud.cloudsYaml()), stop: () => cloud.stop() }
}

/** The lab's real OpenStack, whose compute hosts run no guests. */
export async function realOpenStack(signal: AbortSignal): Promise<DemoCloud> {
  const cloud = await startOpenStack({ signal })
  const yaml = readFileSync(cloud.cloudsYaml, 'utf8')
  await addImage(yaml, 'Windows 7')
  return { name: 'real OpenStack', ...inDemo(yaml), stop: () => cloud.stop() }
}

/** Administrators make flavors, and desktops in the project that they are told. */
function inDemo(yaml: string): Pick<DemoCloud, 'cloudsYaml' | 'project'> {
  return { cloudsYaml: asVdi(yaml, 'admin'), project: 'demo' }
}

/** An image that was there before, for the sample that refers to one by name. */
async function addImage(yaml: string, name: string): Promise<void> {
  const { cloud, run } = await connectCloud({ ownerID: 'demo', profile: readCloud(yaml, 'demo') })
  const image = await cloud.images.create({ id: randomUUID(), name, disk_format: 'raw', container_format: 'bare' })
  await cloud.images.upload(image.id, Readable.from([Buffer.alloc(1024)]), { size: 1024 })
  await run(AbortSignal.abort())
}

/** One's own cloud: $OS_CLIENT_CONFIG_FILE (or the usual place) and $OS_CLOUD. */
export function existingCloud(): DemoCloud {
  const file = process.env['OS_CLIENT_CONFIG_FILE'] ?? join(homedir(), '.config', 'openstack', 'clouds.yaml')
  const name = process.env['OS_CLOUD']
  if (name === undefined) throw new Error('set OS_CLOUD to the entry of clouds.yaml that the demo shall use')
  return {
    name: `cloud ${name} of ${file}`,
    cloudsYaml: asVdi(readFileSync(file, 'utf8'), name),
    stop: async () => undefined,
  }
}

/** The same clouds.yaml with one entry, called as the samples call it. */
function asVdi(yaml: string, name: string): string {
  const { clouds } = load(yaml) as { clouds?: Record<string, unknown> }
  const cloud = clouds?.[name]
  if (cloud === undefined)
    throw new Error(`clouds.yaml has no cloud "${name}"; it has: ${Object.keys(clouds ?? {}).join(', ')}`)
  return dump({ clouds: { vdi: cloud } })
}
