import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Desktop, DesktopResize } from '../../api/v1alpha1/objects.ts'
import { whyNoOpenStack } from '../lab/cloud/install.ts'
import { type OpenStack, startOpenStack } from '../lab/cloud/openstack.ts'
import type { Bench, BenchContext, BenchResult } from './bench.ts'
import { Cluster } from './cluster.ts'
import { desktopCloud } from './desktop-objects.ts'
import { median, seconds } from './numbers.ts'
import { Operator } from './operator.ts'
import { PlainClient } from './plain-client.ts'

const MOST_RATIO = 1.25
const ROUNDS = 3
const POLL_MS = 100
const MICROVERSION = { 'x-openstack-nova-api-version': '2.73' }

/** One cold resize, next to a script that makes the same changes and knows when each of them is over as soon as can be. */
export const resizeOpenStack: Bench = {
  name: 'resize',
  what: 'one cold resize on a real OpenStack, against a plain script that makes the same calls and polls every 100 ms',
  bar: `≤ ${MOST_RATIO} ×`,
  run,
}

async function run(context: BenchContext): Promise<BenchResult> {
  const { signal, quick, say } = context
  const reason = whyNoOpenStack()
  if (reason) throw new Error(`no OpenStack here: ${reason}`)
  const openStack = await startOpenStack({ services: ['glance', 'nova'], signal })
  const url = `${openStack.url('nova')}/v2.1`
  await using member = await PlainClient.connect(openStack, url, 'demo')
  await using nova = await PlainClient.connect(openStack, url, 'admin')
  await using cluster = await Cluster.start(signal)
  await cluster.connect('bench', readFileSync(openStack.cloudsYaml, 'utf8'), desktopCloud)
  await using _operator = await Operator.start({ kubeconfig: cluster.kube.kubeconfig }, context)
  await cluster.connected('bench', signal)
  const boot = await booter(openStack, member)

  const ratios: number[] = []
  const times: string[] = []
  for (let round = 0; round < (quick ? 1 : ROUNDS); round++) {
    const scriptMs = await byScript(nova, await boot(`script-${round}`))
    const operatorMs = await byOperator(cluster, `pc-${round}`, await boot(`pc-${round}`), signal)
    ratios.push(operatorMs / scriptMs)
    times.push(`${seconds(operatorMs)} to ${seconds(scriptMs)}`)
    say(`operator ${seconds(operatorMs)}, script ${seconds(scriptMs)}`)
  }
  await openStack.stop()
  const ratio = median(ratios)
  const middle = times[ratios.findIndex((one) => one >= ratio)]
  return {
    measured: `${ratio.toFixed(2)} × (${middle}; median of ${ratios.length})`,
    met: ratio <= MOST_RATIO,
    details: [],
  }
}

/** Makes running servers of the smallest flavor. */
async function booter(openStack: OpenStack, nova: PlainClient): Promise<(name: string) => Promise<string>> {
  await using glance = await PlainClient.connect(openStack, `${openStack.url('glance')}/v2`, 'demo')
  const { images } = JSON.parse(await glance.call('GET', '/images?name=desktop-base'))
  const { flavors } = JSON.parse(await nova.call('GET', '/flavors'))
  const flavorRef = flavors.find(({ name }: { name: string }) => name === 'tiny').id
  return async (name) => {
    const server = { name, flavorRef, imageRef: images[0].id, networks: 'none' }
    const made = JSON.parse(await nova.call('POST', '/servers', { server }, MICROVERSION)).server.id as string
    await until(nova, made, 'ACTIVE')
    return made
  }
}

async function until(nova: PlainClient, id: string, status: string): Promise<void> {
  for (;;) {
    const { server } = JSON.parse(await nova.call('GET', `/servers/${id}`, undefined, MICROVERSION))
    if (server.status === status && server['OS-EXT-STS:task_state'] === null) return
    if (server.status === 'ERROR') throw new Error(`server ${id} went into ERROR`)
    await sleep(POLL_MS)
  }
}

async function byScript(nova: PlainClient, id: string): Promise<number> {
  const act = (body: object) => nova.call('POST', `/servers/${id}/action`, body, MICROVERSION)
  const note = (value: string) => nova.call('POST', `/servers/${id}/metadata`, { metadata: { resize: value } })
  const begun = performance.now()
  await note('begun')
  await act({ lock: { locked_reason: 'bench' } })
  await act({ 'os-stop': null })
  await until(nova, id, 'SHUTOFF')
  const flavor = {
    id: `bench-${id}`,
    name: `bench-${id}`,
    vcpus: 2,
    ram: 1024,
    disk: 1,
    'os-flavor-access:is_public': false,
  }
  await nova.call('POST', '/flavors', { flavor })
  await act({ resize: { flavorRef: flavor.id } })
  await until(nova, id, 'VERIFY_RESIZE')
  await act({ confirmResize: null })
  await until(nova, id, 'SHUTOFF')
  await act({ 'os-start': null })
  await until(nova, id, 'ACTIVE')
  await act({ unlock: null })
  await note('ended')
  return performance.now() - begun
}

async function byOperator(cluster: Cluster, name: string, id: string, signal: AbortSignal): Promise<number> {
  const metadata = { namespace: 'bench', name }
  const source = { type: 'Existing' as const, existing: { id } }
  const desktop: Desktop = { metadata, spec: { cloudRef: { name: 'cloud' }, source } }
  await cluster.desktops.createUntilReady([desktop], signal)
  const resize: DesktopResize = { metadata, spec: { desktopRef: { name }, cpus: 2, memory: '1Gi' } }
  return await cluster.resizes.createUntilReady([resize], signal)
}
