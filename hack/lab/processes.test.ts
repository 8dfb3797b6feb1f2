import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '../../test/support/eventually.ts'
import { startTimeOf } from './process-table.ts'
import { ProcessSupervisor } from './processes.ts'

let directory: string
let supervisor: ProcessSupervisor

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'auxo-test-'))
  supervisor = new ProcessSupervisor(directory, 'bound')
})

afterEach(async () => {
  await supervisor.stopAll({ now: true })
  rmSync(directory, { recursive: true, force: true })
})

/** A shell that ignores SIGTERM, with a child that moved to a session of its own and one without its environment. */
const STUBBORN = 'trap "" TERM; setsid sleep 1000 & env -i sleep 1000 & echo started; sleep 1000; sleep 1000'
const shell = (name: string, script: string, graceMs = 200) => ({
  name,
  file: '/bin/sh',
  args: ['-c', script],
  graceMs,
})
const started = (name: string) => eventually('start', () => supervisor.logTail(name).includes('started'))

describe('a supervisor', () => {
  it('stops a process with descendants in other sessions, even if it ignores SIGTERM', async () => {
    await supervisor.start(shell('stubborn', STUBBORN))
    await started('stubborn')
    const pids = await eventually('four processes', () => supervisor.pids('stubborn').length === 4 && supervisor.pids())
    await supervisor.stop('stubborn')
    expect(pids.map(startTimeOf)).toEqual(Array(4).fill(undefined))
    expect(supervisor.records()).toEqual([])
  })

  it('lets a process end by itself before it kills', async () => {
    await supervisor.start(
      shell('polite', 'trap "echo bye; exit" TERM; echo started; while :; do sleep 0.01; done', 5000),
    )
    await started('polite')
    await supervisor.stop('polite')
    expect(supervisor.logTail('polite')).toContain('bye')
  })

  it('ends descendants whose leader has ended already', async () => {
    await supervisor.start(shell('gone', 'sleep 1000 & echo started'))
    await started('gone')
    await eventually('the leader ended', () => !supervisor.isRunning('gone'))
    expect(supervisor.pids('gone')).toHaveLength(1)
    await supervisor.stop('gone')
    expect(supervisor.pids()).toEqual([])
  })

  it('tells the end of the log when a process ends that is waited for', async () => {
    await supervisor.start(shell('failing', 'echo no such disk; exit 1'))
    const waiting = supervisor.until('never', () => false, { needs: ['failing'] })
    await expect(waiting).rejects.toThrow(/failing ended while waiting for never:\nno such disk/)
  })

  it('refuses a second process of the same name, and names a program that is not there', async () => {
    await supervisor.start(shell('twin', 'sleep 1000'))
    await expect(supervisor.start(shell('twin', 'sleep 1000'))).rejects.toThrow('running already')
    await expect(supervisor.start({ name: 'none', file: '/no/such', args: [] })).rejects.toThrow('/no/such')
  })

  it('takes over what another command has left', async () => {
    const kept = new ProcessSupervisor(directory, 'kept')
    await kept.start(shell('left', 'sleep 1000'))
    const later = new ProcessSupervisor(directory, 'kept')
    expect(later.isRunning('left')).toBe(true)
    await later.stopAll()
    expect(kept.pids()).toEqual([])
  })

  it('does not take a later process with a recorded pid for its own', async () => {
    const { pid } = await supervisor.start(shell('mine', 'sleep 1000'))
    const record = supervisor.records()[0]
    if (!record) throw new Error('no record')
    record.startTime = '1'
    expect(supervisor.isRunning('mine')).toBe(false)
    expect(startTimeOf(pid)).toBeDefined()
  })
})

describe('a harness that is killed', () => {
  const script = (lifetime: string) => `
    import { ProcessSupervisor } from '${new URL('./processes.ts', import.meta.url).pathname}'
    const supervisor = new ProcessSupervisor(process.argv[1], '${lifetime}')
    await supervisor.start({ name: 'a', file: '/bin/sh', args: ['-c', ${JSON.stringify(STUBBORN)}] })
    await supervisor.until('started', () => supervisor.pids().length === 4)
    console.log(JSON.stringify(supervisor.pids()))
    setInterval(() => {}, 1000)`

  async function killed(lifetime: string): Promise<number[]> {
    const program = ['--input-type=module-typescript', '-e', script(lifetime), join(directory, 'inner')]
    const child = spawn(process.execPath, program, { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = await once(createInterface({ input: child.stdout }), 'line')
    child.kill('SIGKILL')
    await once(child, 'exit')
    return JSON.parse(line)
  }

  it('leaves nothing behind of what is bound to it', async () => {
    const pids = await killed('bound')
    expect(pids).toHaveLength(4)
    await eventually('all gone', () => pids.every((pid) => startTimeOf(pid) === undefined), { timeoutMs: 5000 })
  })

  it('leaves kept processes running, and `down` finds them', async () => {
    const pids = await killed('kept')
    expect(pids.every((pid) => startTimeOf(pid) !== undefined)).toBe(true)
    const later = new ProcessSupervisor(join(directory, 'inner'), 'kept')
    expect(new Set(later.pids())).toEqual(new Set(pids))
    await later.stopAll({ now: true })
    expect(pids.map(startTimeOf)).toEqual(Array(4).fill(undefined))
  })
})
