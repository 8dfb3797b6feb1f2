/** The in-memory cloud as a process: `node test/cloud/main.ts --port N --latency-ms 50 --seed-images 20`. */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { startCloud } from './cloud.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    'latency-ms': { type: 'string', default: '0' },
    'seed-images': { type: 'string', default: '0' },
    'token-seconds': { type: 'string', default: '86400' },
    /** The most key pairs that a user may have; Nova's own default is 100. */
    'key-pairs': { type: 'string', default: '100' },
    /** Quotas and hosts that thousands of servers fit into. */
    roomy: { type: 'boolean', default: false },
    /** How long a host takes to start a new server. */
    'build-ms': { type: 'string', default: '0' },
    /** Where to write a clouds.yaml. */
    'clouds-yaml': { type: 'string' },
  },
})

const cloud = await startCloud({
  port: Number(values.port),
  latencyMs: Number(values['latency-ms']),
  tokenSeconds: Number(values['token-seconds']),
})
cloud.seed(Number(values['seed-images']))
const { quotas, hosts, settings } = cloud.nova.state
quotas[''] = { key_pairs: Number(values['key-pairs']) }
settings.delays.spawn = Number(values['build-ms'])
if (values.roomy) {
  quotas[cloud.project('demo').id] = { instances: -1, cores: -1, ram: -1 }
  for (const host of hosts) Object.assign(host, { vcpus: 10_000, memoryMiB: 2 ** 30, diskGiB: 2 ** 20 })
}
if (values['clouds-yaml'] !== undefined) writeFileSync(values['clouds-yaml'], cloud.cloudsYaml(), { mode: 0o600 })
// One line of JSON tells whoever started it that it is ready.
console.log(JSON.stringify({ url: cloud.url, authUrl: cloud.authUrl, pid: process.pid }))
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void cloud.stop().then(() => process.exit(0)))
}
