import { describe, expect, it } from 'vitest'
import type { DesktopResize } from '../../api/v1alpha1/objects.ts'
import type { StepName } from './ledger.ts'
import type { ObservedDesktop, ObservedInCloud, ObservedServer } from './observed.ts'
import { plan } from './plan.ts'

// One row per decision; that they fit together is proved by the exploration (resize.proof.test.ts).

const size = { cpus: 2, memoryMiB: 2048 }
const desktop: ObservedDesktop = {
  ...{ deleting: false, holder: 'Mine', holderName: undefined, serverID: 'server', resources: {} },
  ...{ automatic: false, ownsLock: false, executed: [] },
}
const trace = { operation: 'uid', key: 'more', hash: 'h' }
const server: ObservedServer = {
  ...{ status: 'ACTIVE', taskState: undefined, ownProject: true, lock: 'Unlocked', lockReason: undefined, size },
  ...{ flavor: 'Old', fault: undefined, host: 'compute1', hostDown: false, trace: undefined },
}
const inCloud: ObservedInCloud = {
  ...{ state: 'Ready', time: '2026-01-01T00:10:00.000Z', cloudName: 'vdi', operation: 'uid', key: 'more', hash: 'h' },
  ...{ wanted: { cpus: 4, memoryMiB: 4096 }, window: 'Open', overdue: false, desktop, ahead: undefined },
  ...{ lacks: undefined, lockIsAdvisory: false, server, snapshot: undefined, answers: {}, settled: [] },
  evidence: { migration: undefined, action: 'None', cause: undefined, rebooted: false },
  ...{ newFlavor: 'Unknown', oldFlavor: 'Unknown', wakeAfterSeconds: undefined },
  quota: { type: 'Managed', name: 'sales', hold: { cpus: 2, memoryMiB: 2048 } },
}
const fresh: DesktopResize = {
  metadata: { name: 'more', namespace: 'desktops', uid: 'uid', generation: 1 },
  spec: { desktopRef: { name: 'pc' }, cpus: 4, memory: '4Gi' },
}

type Changes = { desktop?: Partial<ObservedDesktop>; server?: Partial<ObservedServer> | 'Gone' | 'Unknown' } & Partial<
  Omit<ObservedInCloud, 'desktop' | 'server'>
>

function seen({ desktop: ofDesktop, server: ofServer, ...others }: Changes, base = server): ObservedInCloud {
  const now = typeof ofServer === 'string' ? ofServer : { ...base, ...ofServer }
  return { ...inCloud, ...others, desktop: { ...desktop, ...ofDesktop }, server: now }
}

/** A resize at work, of which these steps are done and the last one perhaps only intended. */
function at(done: readonly StepName[], open?: StepName, spec: Partial<DesktopResize['spec']> = {}): DesktopResize {
  const time = '2026-01-01T00:00:00.000Z'
  const finished = done.map((name) => ({ name, state: 'Done' as const, intentTime: time, finishTime: time }))
  const intended = open === undefined ? [] : [{ name: open, state: 'Intended' as const, intentTime: time }]
  const old = { cpus: 2, memoryMiB: 2048, diskGiB: 10, ephemeralGiB: 0, swapMiB: 0 }
  const preImage = {
    state: 'ACTIVE',
    powerState: 'Running' as const,
    lock: 'Unlocked' as const,
    flavorName: 'old',
    ...old,
  }
  const steps = [...finished, ...intended]
  return {
    ...fresh,
    spec: { ...fresh.spec, ...spec },
    status: { startTime: time, serverID: 'server', operation: 'uid', preImage, steps },
  }
}

const told = (resize: DesktopResize, observed: ObservedInCloud) => {
  const { type, ...more } = plan(resize, observed) as { type: string; outcome?: string; reason?: string }
  return [type, more.outcome, more.reason].filter((word) => word !== undefined).join(' ')
}

describe('admission: nothing was taken or touched', () => {
  it.each<[string, Changes, Partial<DesktopResize['spec']>?]>([
    ['Take', { desktop: { holder: 'Nobody' } }],
    ['Record', {}],
    ['Await Queued', { desktop: { holder: 'Other', holderName: 'another' } }],
    ['Await Queued', { ahead: 'older', desktop: { holder: 'Nobody' } }],
    ['Take', { desktop: { holder: 'Stale' } }],
    ['Await Queued', { desktop: { holder: 'Stale' }, server: { trace: { ...trace, key: 'another' } } }],
    ['Take', { desktop: { holder: 'Earlier' }, server: { trace } }],
    ['Adopt', { server: { trace } }],
    ['Await Scheduled', { window: 'Early' }],
    ['Finish Refused DeadlinePassed', { window: 'Over' }],
    ['Finish Skipped AlreadyExecuted', { desktop: { executed: [{ key: 'more', hash: 'h' }] } }],
    ['Finish Refused IdempotencyKeyReused', { desktop: { executed: [{ key: 'more', hash: 'x' }] } }],
    ['Finish Unchanged Unchanged', { wanted: size }],
    ['Finish Refused NothingRequested', { wanted: {} }],
    ['Finish Refused WouldBeUndone', { desktop: { automatic: true, resources: { cpus: 8 } } }],
    ['Record', { desktop: { automatic: true, resources: { cpus: 4, memoryMiB: 4096 } } }],
    ['Await DesktopNotReady', { server: 'Unknown' }],
    ['Finish Refused ServerGone', { server: 'Gone' }],
    ['Await ProjectChanged', { server: { ownProject: false } }],
    ['Await ServerBusy', { server: { taskState: 'powering-off' } }],
    ['Await ServerBusy', { server: { status: 'BUILD' } }],
    ...['PAUSED', 'SUSPENDED', 'SHELVED', 'SHELVED_OFFLOADED', 'RESCUE', 'ERROR', 'VERIFY_RESIZE'].map(
      (status): [string, Changes] => ['Finish Refused NotResizable', { server: { status } }],
    ),
    ['Finish Refused LockedByOther', { server: { lock: 'Other', lockReason: 'hands off' } }],
    ['Record', { server: { lock: 'Other', lockReason: 'kept' }, desktop: { ownsLock: true } }],
    ['Finish Refused Refused', { lacks: 'the role admin' }],
    ['Finish Cancelled CancelledByUser', {}, { desiredState: 'Cancelled' }],
    ['Adopt', { server: { trace } }, { desiredState: 'Cancelled' }],
    ['Finish Cancelled CancelledByUser', { desktop: { deleting: true } }],
  ])('%s: %j', (expected, changes, spec = {}) => {
    expect(told({ ...fresh, spec: { ...fresh.spec, ...spec } }, seen(changes))).toBe(expected)
  })
})

const noHold = { type: 'Managed', name: 'sales', hold: undefined } as const
const recorded = { ...server, trace }
const locked: ObservedServer = { ...recorded, lock: 'Ours' }
const off: ObservedServer = { ...locked, status: 'SHUTOFF' }
const before = ['Record', 'Hold', 'Lock', 'PowerOff', 'CreateFlavor'] as const

describe('before Nova takes it: the order of RSZ-1', () => {
  it.each<[string, DesktopResize, ObservedServer, Changes]>([
    ['Record', at([]), server, {}],
    ['Hold', at(['Record']), recorded, { quota: noHold }],
    ['Hold', at(['Record']), recorded, { quota: { type: 'Unmanaged', taken: false, busy: true } }],
    ['Lock', at(['Record', 'Hold']), recorded, {}],
    ['Fail LockedByOther', at(['Record', 'Hold']), { ...recorded, lock: 'Other' }, {}],
    ['PowerOff', at(['Record', 'Hold', 'Lock']), locked, {}],
    ['CreateFlavor', at(['Record', 'Hold', 'Lock'], undefined, { mode: 'Hot' }), locked, {}],
    ['Await PoweringOff', at(['Record', 'Hold', 'Lock', 'PowerOff']), { ...locked, taskState: 'powering-off' }, {}],
    ['Fail PowerOffFailed', at(['Record', 'Hold', 'Lock', 'PowerOff']), locked, {}],
    ['Fail NotResizable', at(['Record', 'Hold', 'Lock']), { ...locked, status: 'PAUSED' }, {}],
    ['CreateFlavor', at(['Record', 'Hold', 'Lock', 'PowerOff']), off, {}],
    ['CompleteFlavor', at(before), off, { newFlavor: 'Incomplete' }],
    ['Fail ResizeRefused', at(before), off, { newFlavor: 'Different' }],
    ['Resize', at(before), off, { newFlavor: 'Complete' }],
    ['Lock', at(before), { ...off, lock: 'Unlocked' }, { newFlavor: 'Complete' }],
    ['Take', at(before), off, { desktop: { holder: 'Nobody' } }],
    ['DeleteNewFlavor', at(before, undefined, { desiredState: 'Cancelled' }), off, { newFlavor: 'Complete' }],
    ['DeleteNewFlavor', at(before), off, { newFlavor: 'Complete', overdue: true }],
    ['DeleteNewFlavor', at(before), off, { newFlavor: 'Complete', desktop: { deleting: true } }],
  ])('%s', (expected, resize, base, changes) => {
    expect(told(resize, seen(changes, base))).toBe(expected)
  })

  it('a shrink holds what Nova will give back, before Nova is asked', () => {
    const wanted = { cpus: 1, memoryMiB: 1024 }
    const quota = { type: 'Managed', name: 'sales', hold: { cpus: 0, memoryMiB: 0 } } as const
    const step = plan(at(before), seen({ wanted, quota, newFlavor: 'Complete' }, off))
    expect(step).toEqual({ type: 'Hold', size: { cpus: 1, memoryMiB: 1024 }, growth: { cpus: 0, memoryMiB: 0 } })
  })
})

const accepted: Changes['evidence'] = { ...inCloud.evidence, action: 'Seen' }
const withMigration = (status: string, more = {}) => ({ ...inCloud.evidence, migration: { id: 1, status }, ...more })
const verify: ObservedServer = { ...off, status: 'VERIFY_RESIZE', flavor: 'New' }
const nothingHeld = { type: 'Managed', name: 'sales', hold: { cpus: 0, memoryMiB: 0 } } as const
const sent = [...before, 'Resize'] as const

describe('the answer to a request was lost', () => {
  it.each<[string, DesktopResize, ObservedServer, Changes]>([
    ['Await OutcomeUnknown', at(before, 'Resize'), off, { newFlavor: 'Complete' }],
    ['Resize', at(before, 'Resize'), off, { newFlavor: 'Complete', settled: ['Resize'] }],
    ['Await Resizing', at(before, 'Resize'), off, { evidence: accepted }],
    ['Await OutcomeUnknown', at(['Record', 'Hold'], 'Lock'), recorded, {}],
    ['Lock', at(['Record', 'Hold'], 'Lock'), recorded, { settled: ['Lock'] }],
    ['PowerOff', at(['Record', 'Hold'], 'Lock'), locked, {}],
    ['Await OutcomeUnknown', at(['Record', 'Hold', 'Lock'], 'PowerOff'), off, {}],
    ['Await OutcomeUnknown', at(sent, 'Confirm'), verify, { evidence: withMigration('finished'), quota: nothingHeld }],
    [
      'Confirm',
      at(sent, 'Confirm'),
      verify,
      { evidence: withMigration('finished'), quota: nothingHeld, settled: ['Confirm'] },
    ],
    ['Await Confirming', at(sent, 'Confirm'), verify, { evidence: withMigration('confirming') }],
  ])('%s', (expected, resize, base, changes) => {
    expect(told(resize, seen(changes, base))).toBe(expected)
  })
})

describe('in VERIFY_RESIZE', () => {
  const finished = { evidence: withMigration('finished'), quota: nothingHeld }
  const manual = { confirm: 'Manual' } as const
  it.each<[string, DesktopResize, Changes]>([
    ['Confirm', at(sent), finished],
    ['Hold', at(sent), { evidence: withMigration('finished') }],
    ['Await Resizing', at(sent), { evidence: withMigration('post-migrating') }],
    ['Await AwaitingDecision', at(sent, undefined, manual), finished],
    ['Await AwaitingDecision', at(sent, undefined, manual), { ...finished, overdue: true }],
    ['Confirm', at(sent, undefined, { ...manual, decision: 'Confirm' }), finished],
    ['Revert', at(sent, undefined, { ...manual, decision: 'Revert' }), finished],
    ['Revert', at(sent, undefined, { ...manual, desiredState: 'Cancelled' }), finished],
    ['Confirm', at(sent, undefined, { desiredState: 'Cancelled' }), finished],
  ])('%s', (expected, resize, changes) => {
    expect(told(resize, seen(changes, verify))).toBe(expected)
  })
})

describe('failure, recovery and the end', () => {
  const failed = withMigration('error', { action: 'Failed', cause: 'No valid host was found.' })
  const done: readonly StepName[] = [...sent, 'Confirm']
  const failure = (resize: DesktopResize): DesktopResize => ({
    ...resize,
    status: { ...resize.status, failure: { step: 'Resize', reason: 'ResizeFailed', message: 'it broke' } },
  })
  const error: ObservedServer = { ...off, status: 'ERROR', fault: 'it broke' }
  const resized: ObservedServer = { ...verify, status: 'SHUTOFF' }
  const released = { quota: noHold } as const
  const unlocked: ObservedServer = { ...off, lock: 'Unlocked', status: 'ACTIVE' }
  it.each<[string, DesktopResize, ObservedServer, Changes]>([
    ['Fail ResizeFailed', at(sent), error, { evidence: failed }],
    ['Recover', failure(at(sent)), error, { evidence: failed }],
    ['Await Recovering', failure(at(sent, 'Recover')), { ...error, taskState: 'rebooting_hard' }, { evidence: failed }],
    ['Recover', failure(at(sent, 'Recover')), error, { evidence: failed, settled: ['Recover'] }],
    ['Unlock', failure(at([...sent, 'Recover'])), error, { evidence: { ...failed, rebooted: true }, ...released }],
    ['DeleteNewFlavor', at(sent), off, { evidence: failed, newFlavor: 'Complete' }],
    ['ReleaseHold', at(sent), off, { evidence: failed, newFlavor: 'Absent' }],
    ['PowerOn', at(sent), off, { evidence: failed, newFlavor: 'Absent', ...released }],
    ['Unlock', at(sent), { ...off, status: 'ACTIVE' }, { evidence: failed, newFlavor: 'Absent', ...released }],
    ['Conclude', at(sent), unlocked, { evidence: failed, newFlavor: 'Absent', ...released }],
    [
      'Finish Failed NoValidHost',
      at(sent),
      { ...unlocked, trace: undefined },
      { evidence: failed, newFlavor: 'Absent', ...released },
    ],
    ['ReleaseHold', at(done), resized, { evidence: withMigration('confirmed') }],
    ['DeleteOldFlavor', at(done), resized, { evidence: withMigration('confirmed'), oldFlavor: 'Ours', ...released }],
    ['PowerOn', at(done), resized, { evidence: withMigration('confirmed'), oldFlavor: 'Kept', ...released }],
    [
      'Finish Succeeded Succeeded',
      at(done),
      { ...unlocked, flavor: 'New', trace: undefined },
      { evidence: withMigration('confirmed'), ...released },
    ],
    ['Fail ServerGone', at(sent), server, { server: 'Gone' }],
    ['Finish Failed ServerGone', failure(at(sent)), server, { server: 'Gone', newFlavor: 'Absent', ...released }],
    [
      'Finish Reverted RevertedElsewhere',
      at(sent),
      { ...unlocked, trace: undefined },
      { evidence: withMigration('reverted', { action: 'Seen' }), newFlavor: 'Absent', ...released },
    ],
  ])('%s', (expected, resize, base, changes) => {
    expect(told(resize, seen(changes, base))).toBe(expected)
  })

  it('once it has ended it gives the desktop back, and rests', () => {
    const ended: DesktopResize = { ...fresh, status: { outcome: 'Succeeded' } }
    expect(plan(ended, { state: 'Finished', holder: 'Mine' })).toEqual({ type: 'Release' })
    expect(plan(ended, { state: 'Finished', holder: 'Nobody' })).toEqual({ type: 'Rest' })
    const deleted = { ...ended, metadata: { ...ended.metadata, deletionTimestamp: '2026-01-01T01:00:00Z' } }
    expect(plan(deleted, { state: 'Finished', holder: 'Other' })).toEqual({ type: 'ReleaseFinalizer' })
  })

  it('waits while the cloud cannot be asked, and is let go if nothing was begun', () => {
    const closed = { state: 'Closed', reason: 'CloudUnavailable', message: 'away', starting: false } as const
    const deleted = { ...fresh, metadata: { ...fresh.metadata, deletionTimestamp: '2026-01-01T01:00:00Z' } }
    expect(plan(at(before), closed).type).toBe('AwaitCloud')
    expect(plan(deleted, closed)).toEqual({ type: 'ReleaseFinalizer' })
    expect(plan({ ...at(before), metadata: deleted.metadata }, closed).type).toBe('AwaitCloud')
  })
})
