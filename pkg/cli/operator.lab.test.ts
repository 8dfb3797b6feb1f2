import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { START_MS, Stage } from '../../test/e2e/harness.ts'
import type { OperatorProcess } from '../../test/e2e/operator-process.ts'
import { eventually } from '../../test/support/eventually.ts'
import { commandLine } from './testing/command-line.ts'

const SIZE = 64 * 2 ** 20

let stage: Stage
let directory: string
let operator: OperatorProcess | undefined

beforeAll(async () => {
  stage = await Stage.start()
}, START_MS)
afterAll(async () => {
  await stage?.stop()
}, START_MS)
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'auxo-cli-'))
})
afterEach(async () => {
  await operator?.stop()
  rmSync(directory, { recursive: true })
})

describe.each(['streaming', 'spooling'])('with the operator, %s', (mode) => {
  async function setUp() {
    const spool = mode === 'spooling' ? { 'spool-dir': join(directory, 'spool') } : {}
    operator = await stage.operator(spool)
    const tenant = await stage.tenant()
    const path = join(directory, 'windows-11.raw')
    const bytes = randomBytes(SIZE)
    writeFileSync(path, bytes)
    const auxo = (argv: string[], signal?: AbortSignal) =>
      commandLine([...argv, '-n', tenant.namespace], {
        kubeconfig: stage.kube.kubeconfig,
        ...(signal === undefined ? {} : { signal }),
      })
    return { tenant, path, auxo, sha256: createHash('sha256').update(bytes).digest('hex'), operator }
  }

  test('an upload becomes an active image that can be disabled and deleted', async () => {
    const { tenant, path, auxo, sha256 } = await setUp()
    const result = await auxo(['image', 'upload', path])
    expect(result).toMatchObject({ code: 0, stdout: expect.stringMatching(/^image windows-11 is ready, id /) })
    expect(tenant.theImage('windows-11')).toMatchObject({ status: 'active', contentSha256: sha256 })
    expect(await auxo(['image', 'disable', 'windows-11'])).toMatchObject({ code: 0 })
    expect((await tenant.ready('windows-11')).status).toMatchObject({ enablement: 'Disabled' })
    expect(await auxo(['status'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('all 2 objects are ready'),
    })
    await tenant.remove('windows-11')
    expect(tenant.inCloud('windows-11')).toEqual([])
  })

  test('a killed operator, a broken PUT and Ctrl-C lose nothing', async () => {
    const { tenant, path, auxo, sha256, operator: running } = await setUp()
    // The cloud breaks off one upload in the middle: bytes come again, from the spool or from the client.
    tenant.cloud.faults.add({
      match: { method: 'PUT', path: /\/file$/ },
      action: { type: 'ResetDuring', bytes: 20_000_000 },
    })
    const interruption = new AbortController()
    const first = auxo(['image', 'upload', path], interruption.signal)
    await tenant.when('windows-11', ({ status }) => (status?.progress?.bytes ?? 0) > 0 || status?.state === 'active')
    interruption.abort(new Error('interrupted'))
    expect([0, 130]).toContain((await first).code)
    await running.kill()
    const second = auxo(['image', 'upload', path])
    await eventually('the operator is away', () => !running.isRunning)
    await running.start()
    expect(await second).toMatchObject({ code: 0, stdout: expect.stringContaining('ready') })
    expect(tenant.theImage('windows-11')).toMatchObject({ status: 'active', contentSha256: sha256 })
  })
})
