import { describe, expect, it } from 'vitest'
import { Compute, MEMBER, refusal } from './testing/compute.ts'

const TO_LARGE = { resize: { flavorRef: 'large' } }
const CONFIRM = { confirmResize: null }
const REVERT = { revertResize: null }

function resized(compute: Compute, fields: object = {}): string {
  const id = compute.boot(fields)
  compute.act(id, TO_LARGE)
  compute.settle()
  return id
}

const use = (compute: Compute) => {
  const { body } = compute.call('GET', '/os-quota-sets/demo/detail')
  const { cores, ram } = (body as { quota_set: Record<string, { in_use: number }> }).quota_set
  return [cores?.in_use, ram?.in_use]
}
const migrations = (compute: Compute) => compute.state.migrations.map(({ status }) => status)

describe('a resize of the in-memory Nova', () => {
  it('goes through all its steps, and the quota takes the new size at resize_finish', () => {
    const compute = new Compute()
    const id = compute.boot()
    expect(compute.act(id, TO_LARGE).status).toBe(202)
    const seen: unknown[] = []
    compute.settle(() => {
      seen.push([compute.status(id), compute.server(id).taskState, use(compute)[0], migrations(compute)[0]])
      return false
    })
    expect(seen).toEqual([
      ['RESIZE', 'resize_prep', 1, undefined],
      ['RESIZE', 'resize_prep', 1, 'pre-migrating'],
      ['RESIZE', 'resize_migrating', 1, 'migrating'],
      ['RESIZE', 'resize_migrated', 1, 'post-migrating'],
      ['RESIZE', 'resize_finish', 2, 'post-migrating'],
    ])
    expect([compute.status(id), compute.server(id).flavor.name, migrations(compute)]).toEqual([
      ...['VERIFY_RESIZE', 'large'],
      ['finished'],
    ])
    expect(compute.state.allocations.map(({ ram }) => ram)).toEqual([512, 1024])
    expect(compute.act(id, CONFIRM).status).toBe(204)
    expect([compute.status(id), migrations(compute)]).toEqual(['VERIFY_RESIZE', ['confirming']])
    expect(refusal(() => compute.act(id, CONFIRM))).toEqual([400, 'Instance has not been resized.'])
    compute.settle()
    expect([compute.status(id), migrations(compute)]).toEqual(['ACTIVE', ['confirmed']])
    expect(compute.state.allocations.map(({ ram }) => ram)).toEqual([1024])
  })

  it('keeps a stopped server stopped, confirmed or reverted', () => {
    for (const end of [CONFIRM, REVERT]) {
      const compute = new Compute()
      const id = compute.boot()
      compute.act(id, { 'os-stop': null })
      compute.settle()
      compute.act(id, TO_LARGE)
      compute.settle()
      compute.act(id, end)
      compute.settle()
      expect([compute.status(id), compute.server(id).powerState]).toEqual(['SHUTOFF', 4])
      expect(compute.server(id).flavor.name).toBe(end === CONFIRM ? 'large' : 'small')
    }
  })

  it('accepts one of four that race, and answers 500 to the others', () => {
    const compute = new Compute()
    const id = compute.boot()
    const begun = Array.from({ length: 4 }, () => compute.begin(id, TO_LARGE))
    const answers = begun.map((one) => refusal(() => compute.finish(one))[0])
    expect(answers).toEqual([200, 500, 500, 500])
    expect(refusal(() => compute.act(id, TO_LARGE))[0]).toBe(409)
    compute.settle()
    expect(migrations(compute)).toEqual(['finished'])
  })

  it('puts the server into ERROR when two confirms race', () => {
    const compute = new Compute()
    const id = resized(compute)
    const begun = [compute.begin(id, CONFIRM), compute.begin(id, CONFIRM)]
    expect(begun.map((one) => compute.finish(one).status)).toEqual([204, 204])
    compute.settle()
    expect([compute.status(id), migrations(compute)]).toEqual(['ERROR', ['error']])
    expect(compute.server(id).flavor.name).toBe('large')
    compute.act(id, { reboot: { type: 'HARD' } })
    compute.settle()
    expect(compute.status(id)).toBe('ACTIVE')
  })

  it('ends as before when no host has room: only migration and action tell', () => {
    const compute = new Compute()
    compute.call('PUT', '/os-quota-sets/demo', { quota_set: { cores: -1, ram: -1 } })
    const id = compute.boot()
    compute.act(id, { resize: { flavorRef: 'huge' } })
    compute.settle()
    expect([compute.status(id), compute.server(id).taskState, migrations(compute)]).toEqual(['ACTIVE', null, ['error']])
    const action = compute.state.actions.at(-1)
    expect([action?.message, action?.events[0]?.details]).toEqual([
      'Error',
      'No valid host was found. No valid host found for resize',
    ])
    expect(compute.state.allocations.map(({ consumer, ram }) => [consumer, ram])).toEqual([[id, 512]])
  })

  it('that fails on the source leaves the old size on the old host', () => {
    const compute = new Compute()
    const id = compute.boot({ metadata: { 'vdi:fail': 'migrate_disk_and_power_off' } })
    const { host } = compute.server(id)
    compute.act(id, TO_LARGE)
    compute.settle()
    expect([compute.status(id), compute.server(id).flavor.name, compute.server(id).host]).toEqual([
      'ERROR',
      'small',
      host,
    ])
    expect(use(compute)).toEqual([1, 512])
    expect(compute.state.allocations.map(({ ram }) => ram)).toEqual([512])
  })

  it('that fails on the target leaves the old size on the new host, and only a hard reboot helps', () => {
    const compute = new Compute()
    const id = compute.boot({ metadata: { 'vdi:fail': 'finish_migration' } })
    const { host } = compute.server(id)
    compute.act(id, { 'os-stop': null })
    compute.settle()
    compute.act(id, TO_LARGE)
    compute.settle()
    expect([compute.status(id), compute.server(id).flavor.name]).toEqual(['ERROR', 'small'])
    expect(compute.server(id).host).not.toBe(host)
    expect([use(compute), migrations(compute)]).toEqual([[1, 512], ['error']])
    expect(compute.state.allocations.map(({ ram }) => ram)).toEqual([1024])
    for (const body of [CONFIRM, REVERT, TO_LARGE, { 'os-start': null }]) {
      expect(refusal(() => compute.act(id, body))[0]).toBe(409)
    }
    expect(compute.act(id, { 'os-stop': null }).status).toBe(202)
    compute.settle()
    expect(compute.status(id)).toBe('ERROR')
    compute.act(id, { reboot: { type: 'HARD' } })
    compute.settle()
    expect(compute.status(id)).toBe('ACTIVE')
  })

  it('cannot be reverted into a quota that somebody filled', () => {
    const compute = new Compute()
    compute.call('PUT', '/os-quota-sets/demo', { quota_set: { cores: 2 } })
    const id = compute.boot({ flavorRef: 'large' })
    compute.act(id, { resize: { flavorRef: 'small' } })
    compute.settle()
    expect(use(compute)).toEqual([1, 512])
    compute.boot()
    const [status, message] = refusal(() => compute.act(id, REVERT))
    expect([status, message.includes("<class 'nova.exception.TooManyInstances'>")]).toEqual([500, true])
  })

  it('takes a flavor that was made again for another one, and its own for none', () => {
    const compute = new Compute()
    const id = compute.boot()
    expect(refusal(() => compute.act(id, { resize: { flavorRef: 'small' } }))).toEqual([
      400,
      'When resizing, instances must change flavor!',
    ])
    compute.call('DELETE', '/flavors/small')
    compute.flavor('small', 1, 512)
    expect(compute.act(id, { resize: { flavorRef: 'small' } }).status).toBe(202)
  })

  it('is confirmed by Nova itself when the server is deleted', () => {
    const compute = new Compute()
    const id = resized(compute)
    compute.call('DELETE', `/servers/${id}`, undefined, MEMBER)
    expect(migrations(compute)).toEqual(['confirmed'])
    compute.settle()
    expect([compute.status(id), use(compute)]).toEqual(['SOFT_DELETED', [0, 0]])
    expect(compute.call('GET', `/servers/${id}`).status).toBe(200)
  })

  it('waits for a host that is down, and needs it to confirm', () => {
    const compute = new Compute()
    const id = resized(compute)
    const source = compute.state.hosts.find(({ name }) => name === compute.state.migrations[0]?.sourceHost)
    if (!source) throw new Error('no source')
    source.up = false
    expect(refusal(() => compute.act(id, CONFIRM))).toEqual([409, 'Service is unavailable at this time.'])
    source.up = true
    compute.act(id, CONFIRM)
    source.up = false
    compute.settle()
    expect([compute.status(id), compute.state.tasks.map(({ type }) => type)]).toEqual(['VERIFY_RESIZE', ['confirm']])
    source.up = true
    compute.settle()
    expect(compute.status(id)).toBe('ACTIVE')
  })

  it('is the same in a copy of the state', () => {
    const compute = new Compute()
    const id = compute.boot()
    compute.act(id, TO_LARGE)
    const copy = new Compute()
    Object.assign(copy.state, structuredClone(compute.state))
    compute.settle()
    copy.settle()
    expect(copy.state).toEqual(compute.state)
    expect(copy.status(id)).toBe('VERIFY_RESIZE')
  })
})
