import { readFileSync } from 'node:fs'
import { whyNoOpenStack } from '../lab/cloud/install.ts'
import { startOpenStack } from '../lab/cloud/openstack.ts'
import { againstScript, each, type Verdict } from './against-script.ts'
import { Audit, tallyWrites } from './audit.ts'
import type { Bench, BenchContext, BenchResult } from './bench.ts'
import { Cluster } from './cluster.ts'
import { flavorNamed, keyPairNamed, publicKey } from './nova-objects.ts'
import { Operator } from './operator.ts'
import { PlainClient } from './plain-client.ts'

const MOST_RATIO = 1.5
const ROUNDS = 3
const MICROVERSION = { 'x-openstack-nova-api-version': '2.61' }

/** Small objects on a real OpenStack, next to a script that makes the one call for each which cannot be saved. */
export const flavorsOpenStack: Bench = {
  name: 'flavors-openstack',
  what: '200 Flavors, then 200 KeyPairs, on a real OpenStack, each against a plain script that makes the same POST calls (best of 1, 4, 8 workers)',
  bar: `each ≤ ${MOST_RATIO} ×`,
  run,
}

async function run(context: BenchContext): Promise<BenchResult> {
  const { signal, quick, say } = context
  const reason = whyNoOpenStack()
  if (reason) throw new Error(`no OpenStack here: ${reason}`)
  const openStack = await startOpenStack({ services: ['nova'], signal })
  await using nova = await PlainClient.connect(openStack, `${openStack.url('nova')}/v2.1`, 'admin')
  // A user may have 100 otherwise.
  await nova.call('PUT', '/os-quota-class-sets/default', { quota_class_set: { key_pairs: 10_000 } })
  await using cluster = await Cluster.start(signal)
  const credentials = { secretRef: { name: 'cloud' }, cloudName: 'admin' }
  await cluster.connect('bench', readFileSync(openStack.cloudsYaml, 'utf8'), { credentials })
  await using operator = await Operator.start({ kubeconfig: cluster.kube.kubeconfig }, context)
  await cluster.connected('bench', signal)

  const audit = new Audit(cluster.kube)
  const contest = { rounds: quick ? 1 : ROUNDS, count: quick ? 20 : 200, signal, say }
  const flavors = await flavorContest(cluster, nova, contest)
  const keyPairs = await keyPairContest(cluster, nova, contest)
  say(`failures: ${operator.failures()}`)
  say(`writes to the API server: ${tallyWrites(audit.writes())}`)
  await openStack.stop()
  return {
    measured: `flavors ${flavors.measured}, key pairs ${keyPairs.measured}`,
    met: flavors.ratio <= MOST_RATIO && keyPairs.ratio <= MOST_RATIO,
    details: [],
  }
}

type ContestOptions = { rounds: number; count: number; signal: AbortSignal; say(text: string): void }

async function flavorContest(cluster: Cluster, nova: PlainClient, options: ContestOptions): Promise<Verdict> {
  const { count, signal } = options
  return await againstScript({
    ...options,
    script: async (workers) => {
      const id = (n: number) => `script-${n}`
      const size = { vcpus: 1, ram: 64, disk: 1, description: 'auxo_mark=bench/bench/x/Flavor' }
      const flavor = (n: number) => ({ flavor: { id: id(n), name: id(n), ...size } })
      const ms = await each(count, workers, (n) => nova.call('POST', '/flavors', flavor(n), MICROVERSION))
      await each(count, 4, (n) => nova.call('DELETE', `/flavors/${id(n)}`))
      return ms
    },
    operator: async (round) => {
      const objects = Array.from({ length: count }, (_, n) => flavorNamed(`r${round}-${n}`))
      const ms = await cluster.flavors.createUntilReady(objects, signal)
      await cluster.flavors.remove(objects, signal)
      return ms
    },
  })
}

async function keyPairContest(cluster: Cluster, nova: PlainClient, options: ContestOptions): Promise<Verdict> {
  const { count, signal } = options
  return await againstScript({
    ...options,
    script: async (workers) => {
      const keypair = (n: number) => ({ keypair: { name: `script-${n}`, type: 'ssh', public_key: publicKey() } })
      const ms = await each(count, workers, (n) => nova.call('POST', '/os-keypairs', keypair(n), MICROVERSION))
      await each(count, 4, (n) => nova.call('DELETE', `/os-keypairs/script-${n}`))
      return ms
    },
    operator: async (round) => {
      const objects = Array.from({ length: count }, (_, n) => keyPairNamed(`r${round}-${n}`))
      const ms = await cluster.keyPairs.createUntilReady(objects, signal)
      await cluster.keyPairs.remove(objects, signal)
      return ms
    },
  })
}
