import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type KstatusVerdict, kstatus } from '../../hack/judges/kstatus.ts'
import { DESKTOP_STATES, desktopStates } from './desktop-states.ts'
import { START_MS, Stage } from './harness.ts'
import type { Seen } from './recorder.ts'
import { conditionOf } from './tenant.ts'

let stage: Stage
/** Every state that objects were in while the scenes below were played, with kstatus' verdict. */
let judged: { seen: Seen; verdict: KstatusVerdict['status'] }[]

beforeAll(async () => {
  stage = await Stage.start()
  await stage.operator({ 'resync-seconds': '2' })
  await Promise.all([found, made, refused, clouds, desktopStates].map((scene) => scene(stage)))
  await stage.recorder.stop()
  const states = new Map(
    stage.recorder.seen.map((seen) => [`${seen.metadata.uid}@${seen.metadata.resourceVersion}`, seen]),
  )
  const verdicts = await kstatus([...states.values()])
  judged = [...states.values()].map((seen, index) => ({ seen, verdict: verdicts[index]?.status ?? 'Unknown' }))
}, START_MS)
afterAll(async () => {
  await stage?.stop()
}, START_MS)

describe('the verdict of kstatus', () => {
  it('is passed on many states, of every reason', () => {
    const reasons = new Set(judged.map(({ seen }) => conditionOf(seen, 'Ready')?.reason))
    expect([...reasons]).toEqual(expect.arrayContaining([...EXPECTED, ...DESKTOP_STATES]))
    expect(new Set(judged.map(({ verdict }) => verdict))).toEqual(
      new Set(['Current', 'InProgress', 'Failed', 'Terminating']),
    )
  })

  it('is Current exactly for what is Ready as it is wanted now', () => {
    const wrong = judged.filter(({ seen, verdict }) => (verdict === 'Current') !== isCurrent(seen))
    expect(wrong.map(tell)).toEqual([])
  })

  it('is Failed exactly for what is Stalled', () => {
    const wrong = judged.filter(({ seen, verdict }) => (verdict === 'Failed') !== isStalled(seen))
    expect(wrong.map(tell)).toEqual([])
  })

  it('is InProgress for everything else that is not going', () => {
    const rest = judged.filter(({ seen }) => !isCurrent(seen) && !isStalled(seen))
    const expected = ({ metadata }: Seen) => (metadata.deletionTimestamp === undefined ? 'InProgress' : 'Terminating')
    expect(rest.filter(({ seen, verdict }) => verdict !== expected(seen)).map(tell)).toEqual([])
  })

  it('is never without a word: Ready is there in each state that was looked at, and says why', () => {
    const silent = judged.filter(({ seen }) => {
      const ready = conditionOf(seen, 'Ready')
      return seen.status?.observedGeneration !== -1 && (ready === undefined || ready.message === '')
    })
    expect(silent.map(tell)).toEqual([])
  })
})

const EXPECTED = [
  ...['Available', 'Transferring', 'AwaitingUpload', 'Importing', 'ImageNotFound', 'ImageAmbiguous', 'ImageTaken'],
  ...['ImageDeactivated', 'ImageGone', 'ImageProtected', 'ChecksumMismatch', 'FormatMismatch', 'InvalidSpec'],
  ...['SourceRefused', 'QuotaExceeded', 'AddressRefused', 'CloudNotFound', 'CredentialsMissing'],
  ...['CredentialsInvalid', 'CredentialsRejected', 'CloudUnavailable', 'Connected', 'ProjectTaken', 'InUse'],
]

const content = randomBytes(300_000)

async function found(): Promise<void> {
  const tenant = await stage.tenant({ synchronize: { policy: 'None', intervalSeconds: 5 } })
  const [id = '', other = ''] = tenant.cloud.seed(3, () => ({ name: 'twin' }))
  const existing = { type: 'Existing', existing: { id } } as const
  await tenant.apply('missing', { source: { type: 'Existing', existing: { name: 'nobody' } } })
  await tenant.apply('twins', { source: { type: 'Existing', existing: { name: 'twin' } } })
  await tenant.apply('a', { source: existing })
  await tenant.ready('a')
  await tenant.apply('b', { source: existing })
  await tenant.apply('doomed', { source: { type: 'Existing', existing: { id: other } } })
  await tenant.ready('doomed')
  await tenant.reason('missing', 'ImageNotFound')
  await tenant.reason('twins', 'ImageAmbiguous')
  await tenant.reason('b', 'ImageTaken')
  const image = tenant.cloud.images.get(id)
  const gone = tenant.cloud.images.get(other)
  if (image === undefined || gone === undefined) throw new Error('the seeded images are gone')
  image.status = 'deactivated'
  tenant.cloud.images.saved(image)
  tenant.cloud.images.remove(gone)
  await tenant.annotate('a', { 'vdi.auxo.dev/refresh': '1' })
  await tenant.annotate('doomed', { 'vdi.auxo.dev/refresh': '1' })
  await tenant.reason('a', 'ImageDeactivated')
  await tenant.reason('doomed', 'ImageGone')
}

async function made(): Promise<void> {
  const tenant = await stage.tenant()
  const url = tenant.publish('a', content)
  const stuck = tenant.publish('stuck', content)
  stage.www.fault(new URL(stuck).pathname, { stallAfter: 100_000 })
  await tenant.applyHttp('stuck', stuck)
  await tenant.applyHttp('a', url, { protection: 'Protected' })
  await tenant.ready('a')
  await tenant.applyHttp('a', url, { protection: 'Protected', tags: ['changed'], properties: { changed: 'yes' } })
  await tenant.ready('a')
  await tenant.apply('upload', { source: { type: 'Upload' }, diskFormat: 'raw' })
  await tenant.reason('upload', 'AwaitingUpload')
  const slow = tenant.publish('slow', content)
  stage.www.fault(new URL(slow).pathname, { latencyMs: 6000, times: 1 })
  await tenant.applyHttp('import', slow, { http: { via: 'Glance' } })
  await tenant.reason('import', 'Importing')
  await tenant.ready('import')
  await tenant.annotate('import', { 'vdi.auxo.dev/paused': 'true' })
  await tenant.when('import', (image) => conditionOf(image, 'Paused') !== undefined)
  await tenant.applyHttp('import', slow, { http: { via: 'Glance' }, tags: ['waits'] })
  await tenant.delete('a')
  await tenant.reason('a', 'ImageProtected')
  await tenant.reason('stuck', 'Transferring')
  await tenant.remove('stuck')
  await tenant.remove('upload')
}

async function refused(): Promise<void> {
  const tenant = await stage.tenant()
  const url = tenant.publish('a', content)
  const checksum = { algorithm: 'SHA256', value: 'ab'.repeat(32) } as const
  await tenant.applyHttp('sum', url, { http: { checksum } })
  await tenant.applyHttp('format', url, { diskFormat: 'qcow2' })
  await tenant.applyHttp('emoji', url, { imageName: '🪟' })
  await tenant.applyHttp('nowhere', `${stage.www.url}/nowhere`)
  await tenant.applyHttp('metadata', 'http://169.254.169.254/latest')
  await tenant.reason('sum', 'ChecksumMismatch')
  await tenant.reason('format', 'FormatMismatch')
  await tenant.reason('emoji', 'InvalidSpec')
  await tenant.reason('nowhere', 'SourceRefused')
  await tenant.reason('metadata', 'AddressRefused')
  tenant.cloud.limits.countTotal = 0
  await tenant.applyHttp('quota', url)
  await tenant.reason('quota', 'QuotaExceeded')
  await tenant.applyHttp('emoji', url, { imageName: 'window' })
  tenant.cloud.limits.countTotal = 100
  await tenant.ready('emoji')
  await tenant.remove('sum')
}

async function clouds(): Promise<void> {
  const tenant = await stage.tenant({ connected: false })
  await tenant.applyHttp('a', tenant.publish('a', content))
  await tenant.reason('a', 'CloudNotFound')
  await tenant.applyCloud()
  await tenant.cloudReason('CredentialsMissing')
  await tenant.reason('a', 'CredentialsMissing')
  await tenant.applySecret('clouds: [')
  await tenant.cloudReason('CredentialsInvalid')
  await tenant.reason('a', 'CredentialsInvalid')
  await tenant.applySecret(tenant.cloud.cloudsYaml().replaceAll('demopass', 'wrong'))
  await tenant.cloudReason('CredentialsRejected')
  await tenant.applySecret(tenant.cloud.cloudsYaml().replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:1'))
  await tenant.cloudReason('CloudUnavailable')
  await tenant.applySecret()
  await tenant.cloudReason('Connected')
  await tenant.ready('a')
  await tenant.applyCloud({}, 'twin')
  await tenant.cloudReason('ProjectTaken', 'twin')
  await tenant.deleteCloud()
  await tenant.cloudReason('InUse')
  await tenant.remove('a')
}

/** Being deleted counts before everything else, and a status for an older generation says nothing. */
function isUpToDate({ metadata, status }: Seen): boolean {
  return metadata.deletionTimestamp === undefined && status?.observedGeneration === metadata.generation
}

function isCurrent(seen: Seen): boolean {
  return isUpToDate(seen) && conditionOf(seen, 'Ready')?.status === 'True'
}

function isStalled(seen: Seen): boolean {
  return isUpToDate(seen) && conditionOf(seen, 'Stalled')?.status === 'True'
}

function tell({ seen, verdict }: (typeof judged)[number]): string {
  const { namespace, name, generation, deletionTimestamp } = seen.metadata
  const conditions = seen.status?.conditions?.map(({ type, status, reason }) => `${type}=${status}/${reason}`)
  const what = [`generation ${generation}/${seen.status?.observedGeneration}`, deletionTimestamp, conditions]
  return `${verdict}: ${seen.kind} ${namespace}/${name} ${what.join(' ')}`
}
