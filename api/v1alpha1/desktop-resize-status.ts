import { z } from 'zod'
import { conditions, observedGeneration } from './conditions.ts'
import { cel, count, listByKey, text, time } from './schema.ts'
import { observedSize } from './sizes.ts'

/** The steps, in their order; those that do not apply are Skipped. */
const stepNames = [
  'Record',
  'Hold',
  'Lock',
  'Show',
  'PowerOff',
  'CreateFlavor',
  'Resize',
  'Confirm',
  'Revert',
  'Recover',
  'Conclude',
  'DeleteNewFlavor',
  'ReleaseHold',
  'DeleteOldFlavor',
  'PowerOn',
  'Unlock',
] as const

/** Steps that must never be sent twice: the intent is on record before. */
const sentOnce = ['Resize', 'Confirm', 'Revert', 'Recover']

const step = cel(
  z.object({
    name: z
      .enum(stepNames)
      .describe(
        '`Record` how the server was, in its metadata; `Hold` quota, `Lock`, `Show` the condition Resizing, `PowerOff`, `CreateFlavor`, `Resize`, `Confirm` or `Revert`, `Recover` (one hard reboot after an ERROR), `Conclude` (the outcome goes into the metadata), `DeleteNewFlavor`, `ReleaseHold`, `DeleteOldFlavor`, `PowerOn`, `Unlock`.',
      ),
    state: z
      .enum(['Pending', 'Intended', 'Done', 'Undone', 'Skipped'])
      .describe(
        '`Intended`: about to be sent, or sent and not seen yet. `Undone`: taken back, or without effect. `Skipped`: not needed.',
      ),
    intentTime: time().optional().describe('When it was about to be sent.'),
    finishTime: time().optional().describe('When it was seen to be done, undone or skipped.'),
    requestID: text(64).optional().describe('Nova’s id of the request, where an answer came.'),
  }),
  {
    rule: "self.state == oldSelf.state || oldSelf.state == 'Pending' || (oldSelf.state == 'Intended' && self.state != 'Pending') || (oldSelf.state == 'Done' && self.state == 'Undone')",
    message: 'a step goes from Pending by Intended to Done, Undone or Skipped, and only from Done to Undone',
  },
  {
    rule: `self.state != 'Done' || oldSelf.state in ['Intended', 'Done'] || !(self.name in [${sentOnce.map((name) => `'${name}'`).join(', ')}])`,
    message: 'a step that must not be sent twice is Intended before it is Done',
  },
)

const flavorSize = (description: string) =>
  z
    .object({
      size: text(64).describe('For people: `2 CPUs, 4Gi`.'),
      cpus: count().describe('Virtual CPUs.'),
      memory: observedSize().describe('Memory: `4Gi`.'),
      flavorID: text(255).optional().describe('Id of the flavor.'),
      flavorName: text(255).optional().describe('Its name in Nova.'),
    })
    .describe(description)

const preImage = z
  .object({
    state: text(63).describe('`status` of the server: `ACTIVE` or `SHUTOFF`.'),
    powerState: z.enum(['Running', 'Stopped']).describe('Whether it ran; so it is left in the end.'),
    lock: z.enum(['Unlocked', 'Locked']).describe('Whether it was locked by us; so it is left in the end.'),
    lockReason: text(255).optional().describe('Reason of that lock.'),
    host: text(255).optional().describe('Compute host, where the credential may see it.'),
    flavorID: text(255).optional().describe('Id of the old flavor, read at 2.46.'),
    flavorName: text(255).optional().describe('Name of the old flavor.'),
    cpus: count().describe('Virtual CPUs.'),
    memoryMiB: count().describe('Memory in MiB.'),
    diskGiB: count().describe('Root disk in GiB.'),
    ephemeralGiB: count().describe('Ephemeral disk in GiB.'),
    swapMiB: count().describe('Swap disk in MiB.'),
    rxtxFactor: text(16).optional().describe('`rxtx_factor`, as Nova gives it.'),
    extraSpecs: z
      .record(z.string(), text(255))
      .meta({ maxProperties: 128 })
      .optional()
      .describe('Extra specs of the old flavor, copied to the new one.'),
    migrationID: count().optional().describe('Newest migration of the server before the resize.'),
    actionRequestID: text(64)
      .optional()
      .describe('Request of the newest action on the server before the resize: what comes after it may be ours.'),
  })
  .describe('The server before the first effect. What is needed to go back is also in its metadata.')

const failure = z
  .object({
    step: z.enum(stepNames).describe('The step at which it failed.'),
    reason: text(63).min(1).describe('One of the reasons of the conditions.'),
    message: text(2048).describe('Why, Nova’s own words included.'),
  })
  .describe('Why it goes back, or went into ERROR. Once it is on record it stays.')

const hold = z
  .object({
    quota: text(253).min(1).describe('Name of the ProjectQuota.'),
    cpus: count().describe('Virtual CPUs.'),
    memoryMiB: count().describe('Memory in MiB.'),
  })
  .describe('What the ProjectQuota keeps free for this resize now.')

export const desktopResizeStatus = cel(
  z.object({
    conditions: conditions.optional(),
    observedGeneration: observedGeneration.optional(),
    outcome: z
      .enum(['Succeeded', 'Unchanged', 'Skipped', 'Refused', 'Failed', 'Reverted', 'Cancelled', 'Unknown'])
      .optional()
      .describe(
        '`Succeeded`: the new size. `Unchanged`: had it already. `Skipped`: carried out before. `Refused`: nothing was begun. `Failed`, `Reverted`, `Cancelled`: the old size; the condition Succeeded says why. `Unknown`: it cannot be told. Write-once.',
      ),
    result: z
      .object({
        reason: text(63).min(1).describe('One of the reasons of the conditions.'),
        message: text(2048).describe('One sentence for a person.'),
      })
      .optional()
      .describe('Why it ended so.'),
    step: z.enum(stepNames).optional().describe('The step that it is at.'),
    from: flavorSize('The size before.').optional(),
    to: flavorSize('The size that is asked for.').optional(),
    idempotencyKey: text(253).optional().describe('The key in effect.'),
    hash: text(64).optional().describe('Hash of what is asked for (SHA-256, hexadecimal).'),
    cloud: text(253).optional().describe('Name of the Cloud that has the server.'),
    serverID: text(36).optional().describe('Id of the server.'),
    operation: text(36)
      .optional()
      .describe(
        'Uid that the new flavor and the lock are named by: the object’s own, or that of an earlier one whose unfinished work it goes on with.',
      ),
    preImage: preImage.optional(),
    steps: listByKey(step, 'name', stepNames.length).optional().describe('Each step, in the order of the work.'),
    hold: hold.optional(),
    startTime: time().optional().describe('When the desktop was taken; timeoutSeconds count from here.'),
    finishTime: time().optional().describe('When it ended.'),
    migrationID: count().optional().describe('Id of Nova’s migration that carries the resize.'),
    failure: failure.optional(),
    fault: text(1024).optional().describe('What Nova said went wrong.'),
  }),
  {
    rule: '!has(oldSelf.outcome) || (has(self.outcome) && self.outcome == oldSelf.outcome)',
    message: 'outcome is write-once',
    fieldPath: '.outcome',
  },
)

export type DesktopResizeStatus = z.infer<typeof desktopResizeStatus>
export type DesktopResizeStep = z.infer<typeof step>
