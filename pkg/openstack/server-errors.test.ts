import { describe, expect, it } from 'vitest'
import { type CloudServices, createServices } from './cloud-services.ts'
import { cloudFixture } from './testing/cloud-fixture.ts'

const { start, session: open } = cloudFixture()

type Call = (services: CloudServices) => Promise<unknown>
const server = { name: 'pc', flavorRef: 'f', networks: 'none', metadata: {}, tags: [] } as const
const create: Call = ({ servers }) => servers.create(server)
const stop: Call = ({ serverActions }) => serverActions.stop('x')
const resize: Call = ({ serverActions }) => serverActions.resize('x', 'f')
const confirm: Call = ({ serverActions }) => serverActions.confirmResize('x')
const unlock: Call = ({ serverActions }) => serverActions.unlock('x')
const rename: Call = ({ servers }) => servers.update('x', { name: 'y' })
const attach: Call = ({ volumeAttachments }) => volumeAttachments.attach('x', 'v')
const detach: Call = ({ volumeAttachments }) => volumeAttachments.detach('x', 'v')
const quota: Call = ({ computeQuotas }) => computeQuotas.update('p', { cores: 1 })

/** Sentences are Nova's own. */
describe('what Nova’s refusals mean', () => {
  it.each<[string, Call, number, string, string, string]>([
    ['create', create, 400, 'Invalid input for field/attribute name.', 'InvalidSpec', 'ServerInvalid'],
    ['create', create, 400, 'Image 1 is not active.', 'Refused', 'ImageNotActive'],
    ['create', create, 400, 'Invalid key_name provided.', 'Refused', 'ReferenceNotFound'],
    ['create', create, 400, 'Flavor f could not be found.', 'Refused', 'ReferenceNotFound'],
    ['create', create, 403, 'Quota exceeded for cores: Requested 4, but already used 20', 'Quota', 'QuotaExceeded'],
    ['create', create, 403, 'Policy doesn’t allow this to be performed.', 'Refused', 'Forbidden'],
    ['create', create, 409, 'Multiple possible networks found, use a Network ID.', 'InvalidSpec', 'NetworkAmbiguous'],
    ['create', create, 409, 'Port 1 is still in use.', 'Refused', 'ServerConflict'],
    ['create', create, 500, 'Unexpected API Error.', 'UnknownOutcome', 'AnswerLost'],
    ['stop', stop, 409, 'Instance x is locked', 'Refused', 'ServerLocked'],
    ['stop', stop, 409, "Cannot 'stop' instance x while it is in task_state resize_prep", 'Conflict', 'ServerBusy'],
    ['stop', stop, 409, "Cannot 'stop' x while it is in vm_state stopped", 'Conflict', 'ServerStateConflict'],
    ['stop', stop, 404, 'Instance x could not be found.', 'NotFound', 'ServerNotFound'],
    ['stop', stop, 503, 'no host', 'Unavailable', 'ServiceUnavailable'],
    ['resize', resize, 400, 'When resizing, instances must change flavor!', 'Conflict', 'SameFlavor'],
    ['resize', resize, 400, 'Resize to zero disk flavor is not allowed.', 'InvalidSpec', 'ResizeInvalid'],
    ['resize', resize, 403, 'Quota exceeded for ram: Requested 512', 'Quota', 'QuotaExceeded'],
    ['resize', resize, 500, 'UnexpectedTaskStateError', 'UnknownOutcome', 'AnswerLost'],
    ['confirmResize', confirm, 400, 'Instance has not been resized.', 'Conflict', 'NotResized'],
    ['confirmResize', confirm, 500, 'Unexpected API Error.', 'UnknownOutcome', 'AnswerLost'],
    ['unlock', unlock, 403, 'Policy doesn’t allow this.', 'Refused', 'LockedByAdministrator'],
    ['rename', rename, 400, 'Invalid input for field/attribute name.', 'InvalidSpec', 'ServerInvalid'],
    ['attach', attach, 400, 'Invalid volume: Volume v status must be available.', 'Conflict', 'VolumeInUse'],
    ['attach', attach, 400, 'Invalid input for field/attribute volumeId.', 'Refused', 'ActionRefused'],
    ['attach', attach, 403, 'Policy doesn’t allow this.', 'Refused', 'Forbidden'],
    ['attach', attach, 404, 'Volume v could not be found.', 'Refused', 'VolumeNotFound'],
    ['attach', attach, 404, 'Instance x could not be found.', 'NotFound', 'ServerNotFound'],
    ['attach', attach, 409, 'Instance x is locked', 'Refused', 'ServerLocked'],
    ['detach', detach, 403, 'Cannot detach a root device volume', 'Refused', 'Forbidden'],
    [
      'detach',
      detach,
      409,
      'Cannot detach_volume x while it is in vm_state suspended',
      'Conflict',
      'ServerStateConflict',
    ],
    ['quota', quota, 400, 'must be greater than or equal to already used and reserved 2.', 'Refused', 'QuotaBelowUse'],
    ['quota', quota, 400, 'Project ID p is not a valid project.', 'InvalidSpec', 'QuotaInvalid'],
  ])('%s (%#)', async (_, call, status, message, failureClass, code) => {
    const cloud = await start()
    const services = open(cloud.cloudsYaml())
    await services.session.microversion('compute', { least: '2.1', feature: 'anything' })
    const body = JSON.stringify({ fault: { code: status, message } })
    cloud.faults.add({ match: { service: 'compute' }, action: { type: 'Status', status, body } })
    await expect(call(services)).rejects.toMatchObject({ class: failureClass, code, status })
  })
})

describe('which microversions are asked for', () => {
  it.each<[string, Call, string]>([
    ['a server', create, '2.52'],
    ['a server on a host', ({ servers }) => servers.create({ ...server, host: 'h' }), '2.74'],
    ['a list', ({ servers }) => servers.page(), '2.73'],
    ['the id of a flavor', ({ servers }) => servers.flavorIdOf('x'), '2.46'],
    ['a lock with a reason', ({ serverActions }) => serverActions.lock('x', 'why'), '2.73'],
    ['an action with events', ({ instanceActions }) => instanceActions.get('x', 'y'), '2.84'],
    ['extra specs', ({ flavors }) => flavors.setExtraSpecs('x', {}), '2.61'],
  ])('for %s', async (_, call, microversion) => {
    const asked: (string | undefined)[] = []
    const cloud = await start()
    const { session } = open(cloud.cloudsYaml())
    const recorder = {
      requestTimeoutMs: 1,
      microversion: session.microversion.bind(session),
      request: async (request: { microversion?: string | undefined }) => {
        asked.push(request.microversion)
        throw new Error('enough')
      },
    }
    await expect(call(createServices(recorder))).rejects.toThrow('enough')
    expect(asked).toEqual([microversion])
  })
})
