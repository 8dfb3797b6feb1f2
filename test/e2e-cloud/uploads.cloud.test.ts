import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { whyNoOpenStack } from '../../hack/lab/cloud/install.ts'
import { harnessDirectory } from '../../hack/lab/harness.ts'
import { readManifests, root } from '../config/manifests.ts'
import { START_MS } from '../e2e/harness.ts'
import type { OperatorProcess } from '../e2e/operator-process.ts'
import { sha256 } from '../e2e/tenant-objects.ts'
import { eventually } from '../support/eventually.ts'
import { RealStage } from './real-stage.ts'
import type { RealTenant } from './real-tenant.ts'

const SIZE = 96 << 20
/** So much has arrived that the client knows it. */
const ARRIVED = 24 << 20
let stage: RealStage

beforeAll(async () => {
  if (whyNoOpenStack()) return
  stage = await RealStage.start()
  for (const manifest of ['config/rbac', 'config/policies'].flatMap(readManifests)) {
    await stage.stage.kube.run(['apply', '-f', '-'], JSON.stringify(manifest))
  }
}, START_MS)
afterAll(async () => {
  await stage?.stop()
}, START_MS)

/** `bin/kubectl-auxo`, as it is run by a user. */
class CommandLine {
  readonly #process: ChildProcess
  readonly done: Promise<number | null>
  output = ''

  constructor(kubeconfig: string, argv: readonly string[]) {
    const environment = { ...process.env, KUBECONFIG: kubeconfig }
    this.#process = spawn(join(root, 'bin/kubectl-auxo'), argv, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.on('data', (data: Buffer) => (this.output += data.toString()))
    this.done = new Promise((resolve) => this.#process.once('close', resolve))
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.done
  }
}

interface Scene {
  tenant: RealTenant
  operator: OperatorProcess
  bytes: Uint8Array
  upload(): CommandLine
}

/** A user with a client certificate, a file, and an operator for his namespace alone. */
async function scene(role: string, mode: string): Promise<Scene> {
  const tenant = await stage.tenant()
  const { namespace } = tenant
  await stage.stage.kube.run(['create', 'rolebinding', 'u', `--clusterrole=${role}`, '--user=ute', '-n', namespace])
  const directory = mkdtempSync(join(harnessDirectory('upload'), 'u-'))
  const operator = await stage.operator({
    'watch-namespaces': namespace,
    'lease-namespace': namespace,
    ...(mode === 'spooled' ? { 'spool-dir': join(directory, 'spool') } : {}),
  })
  const bytes = randomBytes(SIZE)
  const file = join(directory, 'disk.raw')
  writeFileSync(file, bytes)
  const kubeconfig = await stage.stage.kube.kubeconfigFor('ute', ['people'], { clientCertificate: true })
  const argv = ['image', 'upload', file, '--name', 'disk', '-n', namespace]
  return { tenant, operator, bytes, upload: () => new CommandLine(kubeconfig, argv) }
}

async function expectOneRightImage({ tenant, bytes }: Scene): Promise<void> {
  await tenant.ready('disk')
  const { id, status } = await tenant.theImage('disk')
  expect(status).toBe('active')
  expect(await tenant.downloaded(id)).toBe(sha256(bytes))
  expect(tenant.stored(id)).toBe(sha256(bytes))
}

/** Part of the bytes is in Glance's store, not all of them. */
async function underWay({ tenant }: Scene): Promise<void> {
  const image = await eventually('the image is registered', async () => (await tenant.imagesOf('disk'))[0])
  const file = join(stage.store, image.id)
  await eventually('bytes are under way', () => statSync(file).size > ARRIVED, { intervalMs: 5 })
}

describe.skipIf(whyNoOpenStack()).each(['streamed', 'spooled'])('an upload, %s', (mode) => {
  it('by a user with a client certificate and the right to upload', async () => {
    const seen = await scene('auxo-edit', mode)
    const upload = seen.upload()
    expect(await upload.done, upload.output).toBe(0)
    expect(upload.output).toMatch(/image disk is ready, id /)
    await expectOneRightImage(seen)
    const again = seen.upload()
    expect(await again.done, again.output).toBe(0)
    await seen.tenant.remove('disk')
    expect(await seen.tenant.imagesOf('disk')).toEqual([])
    await seen.operator.stop()
  })

  it('whose client is killed goes on when it is run again', async () => {
    const seen = await scene('auxo-edit', mode)
    const first = seen.upload()
    await underWay(seen)
    await first.kill()
    const second = seen.upload()
    expect(await second.done, second.output).toBe(0)
    expect(second.output).toMatch(/resuming at [0-9]/)
    await expectOneRightImage(seen)
    await seen.operator.stop()
  })

  it('survives SIGKILL of the operator without anybody touching it', async () => {
    const seen = await scene('auxo-edit', mode)
    const upload = seen.upload()
    await underWay(seen)
    await seen.operator.kill()
    await seen.operator.start()
    expect(await upload.done, upload.output).toBe(0)
    const again = /the cloud lost the bytes.*; sending again from the start/
    if (mode === 'streamed') expect(upload.output).toMatch(again)
    else expect(upload.output).not.toMatch(again)
    await expectOneRightImage(seen)
    await seen.operator.stop()
  })
})

describe.skipIf(whyNoOpenStack())('an upload', () => {
  it('goes by the staging area where the Image asks for it, and is shown once it is proved', async () => {
    const seen = await scene('auxo-edit', 'streamed')
    await seen.tenant.apply('disk', { source: { type: 'Upload', upload: { via: 'Glance' } }, diskFormat: 'raw' })
    const upload = seen.upload()
    const made = await eventually('the image is registered', async () => (await seen.tenant.imagesOf('disk'))[0])
    expect(made).toMatchObject({ visibility: 'private', os_hidden: true })
    expect(await upload.done, upload.output).toBe(0)
    await expectOneRightImage(seen)
    const image = await seen.tenant.theImage('disk')
    expect(image).toMatchObject({ visibility: 'shared', os_hidden: false })
    expect(image).not.toHaveProperty('auxo_unchecked')
    await seen.tenant.remove('disk')
    await seen.operator.stop()
  })

  it('by a user who may only look is refused, in words', async () => {
    const { tenant, operator, upload } = await scene('auxo-view', 'streamed')
    const refused = upload()
    expect(await refused.done).not.toBe(0)
    expect(refused.output).toMatch(/ute.*cannot|forbidden|may not/i)
    expect(await tenant.list()).toEqual([])
    await operator.stop()
  })

  it('by a user who may make Images but not upload is refused by the policy', async () => {
    await stage.stage.kube.run(['create', 'clusterrole', 'maker', '--verb=*', '--resource=images.vdi.auxo.dev'])
    await stage.stage.kube.run(['create', 'clusterrolebinding', 'maker', '--clusterrole=maker', '--user=ute'])
    const { tenant, operator, upload } = await scene('auxo-view', 'streamed')
    const refused = upload()
    expect(await refused.done).not.toBe(0)
    expect(refused.output).toMatch(/it takes the verb update on images\/upload/)
    expect(await tenant.list()).toEqual([])
    await operator.stop()
  })
})
