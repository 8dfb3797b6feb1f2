import { z } from 'zod'
import { cel, fixedPresence, immutable, reference, text, time } from './schema.ts'
import { cpus, memory } from './sizes.ts'

const instead = 'make a new DesktopResize'

const fields = z.object({
  desktopRef: immutable(reference('the Desktop'), instead).describe('The Desktop to resize.'),
  idempotencyKey: immutable(
    text(253)
      .min(1)
      .regex(/^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/),
    instead,
  )
    .optional()
    .describe(
      'What makes it the same resize when the object is deleted and made again: one key is carried out once on a desktop. `metadata.name` if absent.',
    ),
  cpus: immutable(cpus(), instead)
    .optional()
    .describe(
      'Virtual CPUs; as they are if only memory is given. Neither: what the Desktop’s `spec.resources` asks for.',
    ),
  memory: immutable(memory(), instead)
    .optional()
    .describe('Memory in whole MiB: `8Gi`; as it is if only cpus are given.'),
  mode: immutable(z.enum(['Cold', 'Hot', 'Auto']), instead)
    .optional()
    .describe(
      '`Cold`: power off first, and on again. `Hot`: hand the running server to Nova, which restarts the guest by itself. `Auto`: Hot if it runs. `Cold` if absent.',
    ),
  confirm: immutable(z.enum(['Automatic', 'Manual']), instead)
    .optional()
    .describe('`Manual`: wait in VERIFY_RESIZE until someone sets `decision`. `Automatic` if absent.'),
  decision: cel(z.enum(['Confirm', 'Revert']), {
    rule: 'self == oldSelf',
    message: 'was made and cannot change; to go back make a new DesktopResize',
  })
    .optional()
    .describe('Whether the new size stays. For confirm Manual; write-once.'),
  desiredState: z
    .enum(['Cancelled'])
    .optional()
    .describe(
      '`Cancelled`: go to the nearest safe point and end: before Nova took the resize the old size, after the new one was confirmed the new. Absent: it is to be completed. One-way.',
    ),
  notBeforeTime: immutable(time(), instead).optional().describe('Do not begin before.'),
  notAfterTime: immutable(time(), instead)
    .optional()
    .describe('Do not begin after: a resize that is made again from Git later is refused.'),
  timeoutSeconds: immutable(z.int().min(60).max(86_400), instead)
    .optional()
    .describe(
      'Seconds from the beginning until it gives up where it can still go back; waiting for a decision does not count. 1800 if absent.',
    ),
})

export const desktopResizeSpec = cel(
  fields,
  {
    rule: '!has(self.notBeforeTime) || !has(self.notAfterTime) || timestamp(self.notBeforeTime) < timestamp(self.notAfterTime)',
    message: 'notBeforeTime must be earlier than notAfterTime',
    fieldPath: '.notAfterTime',
  },
  {
    rule: "!has(self.decision) || (has(self.confirm) && self.confirm == 'Manual')",
    message: 'decision goes with confirm: Manual',
    fieldPath: '.decision',
  },
  {
    rule: '(!has(oldSelf.decision) || has(self.decision)) && (!has(oldSelf.desiredState) || has(self.desiredState))',
    message: `decision and desiredState cannot be taken back; ${instead}`,
  },
  fixedPresence(
    ['idempotencyKey', 'cpus', 'memory', 'mode', 'confirm', 'notBeforeTime', 'notAfterTime', 'timeoutSeconds'],
    instead,
  ),
)

export type DesktopResizeSpec = z.infer<typeof desktopResizeSpec>
