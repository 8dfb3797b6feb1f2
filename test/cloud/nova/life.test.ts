import { describe, expect, it } from 'vitest'
import { runDueTasks, runTask } from './run-task.ts'
import { runnableTasks } from './task.ts'
import { ADMIN, Compute, MEMBER, refusal } from './testing/compute.ts'

const STOP = { 'os-stop': null }

describe('a server of the in-memory Nova', () => {
  it('is built in steps, each due after its delay', () => {
    const compute = new Compute()
    const { state } = compute
    state.settings.delays = { schedule: 2000, spawn: 8000 }
    const id = compute.create()
    const at = (now: number) => {
      state.now = now
      runDueTasks(state)
      return [compute.status(id), compute.server(id).taskState, compute.server(id).updatedAt]
    }
    expect(at(1999)).toEqual(['BUILD', 'scheduling', 0])
    expect(at(2000)).toEqual(['BUILD', 'spawning', 2000])
    expect(at(9999)).toEqual(['BUILD', 'spawning', 2000])
    expect(at(60_000)).toEqual(['ACTIVE', null, 10_000])
  })

  it('takes as long as its metadata asks for', () => {
    const compute = new Compute()
    const id = compute.boot({ metadata: { 'vdi:delay': 'power_off=3, reboot=1' } })
    compute.act(id, STOP)
    expect(compute.state.tasks.map(({ dueAt }) => dueAt)).toEqual([3000])
  })

  it('that a host cannot start is tried on the others', () => {
    const compute = new Compute()
    compute.state.failures.push('spawn', 'spawn')
    const id = compute.boot()
    expect([compute.status(id), compute.server(id).requested.tried.length]).toEqual(['ACTIVE', 2])
    expect(compute.state.allocations.map(({ host }) => host)).toEqual([compute.server(id).host])
  })

  it('waits for its host while that is down, and is deleted without it', () => {
    const compute = new Compute()
    const [id, other] = [compute.boot(), compute.boot()]
    for (const host of compute.state.hosts) host.up = false
    compute.act(id, STOP)
    compute.settle()
    expect([compute.server(id).taskState, runnableTasks(compute.state)]).toEqual(['powering-off', []])
    expect(compute.call('DELETE', `/servers/${other}`, undefined, MEMBER).status).toBe(204)
    expect(refusal(() => compute.call('GET', `/servers/${other}`))[0]).toBe(404)
    expect(compute.status(compute.boot())).toBe('ERROR')
    for (const host of compute.state.hosts) host.up = true
    compute.settle()
    expect(compute.status(id)).toBe('SHUTOFF')
  })

  it('is gone for good when its time for a restore is over', () => {
    const compute = new Compute()
    const id = compute.boot()
    compute.call('DELETE', `/servers/${id}`, undefined, MEMBER)
    compute.settle()
    const [reclaim] = compute.state.tasks
    expect([reclaim?.type, reclaim?.dueAt, compute.state.allocations.length]).toEqual(['reclaim', 600_000, 1])
    runTask(compute.state, reclaim?.id ?? 0)
    expect([compute.status(id), compute.state.allocations]).toEqual(['DELETED', []])
    expect(refusal(() => compute.call('GET', `/servers/${id}`))[0]).toBe(404)
  })

  it('that was restored is not reclaimed by the old time', () => {
    const compute = new Compute()
    const id = compute.boot()
    compute.call('DELETE', `/servers/${id}`, undefined, MEMBER)
    compute.settle()
    compute.act(id, { restore: null }, MEMBER)
    compute.settle()
    for (const { id: task } of [...compute.state.tasks]) runTask(compute.state, task)
    expect(compute.status(id)).toBe('ACTIVE')
  })

  it('is deleted at once where deletion is final, and while nothing of it runs', () => {
    const compute = new Compute()
    compute.state.settings.reclaimSeconds = 0
    const [id, building] = [compute.boot(), compute.create()]
    compute.call('DELETE', `/servers/${id}`, undefined, MEMBER)
    compute.call('DELETE', `/servers/${building}`, undefined, MEMBER)
    expect([compute.server(id).taskState, compute.status(building)]).toEqual(['deleting', 'DELETED'])
    compute.settle()
    expect(compute.status(id)).toBe('DELETED')
  })

  it('comes back as an ERROR from a resize that went on while it was deleted', () => {
    const steps = { resize_migrating: ['resize_migrated', 'small'], resize_finish: [null, 'large'] }
    for (const [taskState, end] of Object.entries(steps)) {
      const compute = new Compute()
      const id = compute.boot()
      compute.act(id, { resize: { flavorRef: 'large' } })
      compute.settle(() => compute.server(id).taskState === taskState)
      const step = compute.state.tasks.find(({ type }) => type.startsWith('resize'))
      compute.call('DELETE', `/servers/${id}`, undefined, ADMIN)
      runTask(compute.state, compute.state.tasks.find(({ type }) => type === 'soft-delete')?.id ?? 0)
      expect(compute.status(id)).toBe('SOFT_DELETED')
      runTask(compute.state, step?.id ?? 0)
      const { taskState: task, flavor, host } = compute.server(id)
      expect([compute.status(id), task, flavor.name]).toEqual(['ERROR', ...end])
      const [migration] = compute.state.migrations
      expect([migration?.status, host]).toEqual(['error', migration?.destinationHost])
      compute.call('DELETE', `/servers/${id}`, undefined, ADMIN)
      compute.settle()
      expect(compute.status(id)).toBe('SOFT_DELETED')
    }
  })

  it('is not deleted while another confirm is under way', () => {
    const compute = new Compute()
    const id = compute.boot()
    compute.act(id, { resize: { flavorRef: 'large' } })
    compute.settle()
    compute.act(id, { confirmResize: null })
    expect(refusal(() => compute.call('DELETE', `/servers/${id}`))[0]).toBe(500)
    compute.settle()
    expect([compute.status(id), compute.state.migrations[0]?.status]).toEqual(['ERROR', 'error'])
  })

  it('stays in ERROR when it has no guest and the hard reboot fails', () => {
    const compute = new Compute()
    const id = compute.boot({ metadata: { 'vdi:fail': 'reboot,finish_migration' } })
    compute.act(id, { resize: { flavorRef: 'large' } })
    compute.settle()
    compute.act(id, { reboot: { type: 'HARD' } })
    compute.settle()
    expect([compute.status(id), compute.server(id).fault?.message]).toEqual([
      ...['ERROR', 'vdifake: reboot fails by request'],
    ])
  })

  it('is chosen a host with room, the emptiest first', () => {
    const compute = new Compute()
    const [first, second] = compute.state.hosts
    if (!first || !second) throw new Error('no hosts')
    compute.state.hosts.length = 2
    first.memoryMiB = 512 + 600
    second.memoryMiB = 512 + 1200
    const places = [compute.boot(), compute.boot(), compute.boot(), compute.boot()].map((id) => compute.server(id).host)
    expect(places).toEqual([second.name, second.name, first.name, null])
  })
})
