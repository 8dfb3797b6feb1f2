import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createInterface, type Interface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Client, signIn, targetOf } from '../../../test/contract/target.ts'
import { eventually } from '../../../test/support/eventually.ts'
import { startTimeOf } from '../process-table.ts'
import { whyNoOpenStack } from './install.ts'
import type { ServiceProcess } from './services.ts'

/** A machine with other work stretches all times. */
const PATIENCE = { timeoutMs: 120_000, intervalMs: 200 }

describe.skipIf(whyNoOpenStack())('all services of a real OpenStack', { timeout: 900_000 }, () => {
  /** The cloud in a process of its own, which starts and stops services as lines on its input say. */
  const script = `
    import { createInterface } from 'node:readline'
    import { startOpenStack } from '${new URL('./openstack.ts', import.meta.url).pathname}'
    const cloud = await startOpenStack()
    console.log(JSON.stringify({ pids: cloud.pids(), directory: cloud.directory, cloudsYaml: cloud.cloudsYaml }))
    for await (const line of createInterface({ input: process.stdin })) {
      const [method, service] = line.split(' ')
      await cloud[method](service)
      console.log('done')
    }`
  let harness: ChildProcessByStdio<Writable, Readable, null>
  let lines: Interface
  let running: { pids: number[]; directory: string; cloudsYaml: string }
  let compute: Client

  const nextLine = async () => ((await once(lines, 'line')) as [string])[0]
  const order = async (method: 'stopService' | 'startService', service: ServiceProcess) => {
    harness.stdin.write(`${method} ${service}\n`)
    expect(await nextLine()).toBe('done')
  }

  beforeAll(async () => {
    const program = ['--input-type=module-typescript', '-e', script]
    harness = spawn(process.execPath, program, { stdio: ['pipe', 'pipe', 'inherit'] })
    lines = createInterface({ input: harness.stdout })
    running = JSON.parse(await nextLine()) as typeof running
    const yaml = readFileSync(running.cloudsYaml, 'utf8')
    const target = targetOf(yaml, { downloadPort: 0, now: Date.now, elapse: (milliseconds) => sleep(milliseconds) })
    compute = (await signIn(target, 'admin')).service('compute')
    return () => void harness.kill('SIGKILL')
  }, 900_000)

  it('fails in each of three computes what a server tells it to', async () => {
    const { flavors } = (await compute.get('/flavors')).json as { flavors: { id: string; name: string }[] }
    const flavorRef = flavors.find(({ name }) => name === 'tiny')?.id
    const { images: found } = (await compute.get('/images')).json as { images: { id: string }[] }
    const server = { name: 'refused', flavorRef, imageRef: found[0]?.id, networks: 'none' }
    const made = await compute.request('POST', '/servers', {
      headers: { 'openstack-api-version': 'compute 2.90' },
      json: { server: { ...server, metadata: { 'vdi:fail': 'spawn' } } },
    })
    expect(made.status, made.text).toBe(202)
    const path = `/servers/${made.json.server.id}`
    const failed = await eventually(
      'ERROR',
      async () => {
        const { json } = await compute.get(path)
        return json.server.status === 'ERROR' && json.server
      },
      PATIENCE,
    )
    expect(failed.fault.message).toContain('Exceeded maximum number of retries')
    expect((await compute.delete(path)).status).toBe(204)
  })

  it('loses a compute and gets it back', async () => {
    const states = async () => {
      const { services } = (await compute.get('/os-services?binary=nova-compute')).json
      return services.map(({ host, state }: { host: string; state: string }) => `${host} ${state}`)
    }
    expect(new Set(await states())).toEqual(new Set(['compute1 up', 'compute2 up', 'compute3 up']))
    await order('stopService', 'nova-compute2')
    await eventually('down', async () => (await states()).includes('compute2 down'), PATIENCE)
    expect(await states()).toContain('compute1 up')
    await order('startService', 'nova-compute2')
    await eventually('up', async () => (await states()).includes('compute2 up'), PATIENCE)
  })

  it('end with the process that started them, even if it is killed', async () => {
    const { pids, directory } = running
    expect(pids.length).toBeGreaterThan(25)
    harness.kill('SIGKILL')
    await eventually('all gone', () => pids.every((pid) => startTimeOf(pid) === undefined))
    await eventually('the directory removed', () => !existsSync(directory))
  })
})
