import { fixedPresence, immutable, mostMemory, type RuleCase, type Spec } from './rule-case.ts'

const kind = 'DesktopResize'
const instead = 'make a new DesktopResize'
const resize = (changes: Spec = {}): Spec => ({ desktopRef: { name: 'pc-042' }, ...changes })
const optional = {
  idempotencyKey: 'a',
  cpus: 4,
  memory: '8Gi',
  mode: 'Cold',
  confirm: 'Manual',
  notBeforeTime: '2026-01-01T00:00:00Z',
  notAfterTime: '2026-01-02T00:00:00Z',
  timeoutSeconds: 600,
}
const full = resize(optional)
const change = (field: string, value: unknown): RuleCase =>
  immutable(kind, `spec.${field}`, instead, full, { ...full, [field]: value })

const manual = resize({ confirm: 'Manual' })
const decided = (decision: string) => ({ ...manual, decision })
const cancelled = resize({ desiredState: 'Cancelled' })
const order = { kind, field: 'spec', message: 'notBeforeTime must be earlier than notAfterTime' }
const decision = { kind, field: 'spec', message: 'decision goes with confirm: Manual' }
const oneWay = {
  kind,
  field: 'spec',
  message: 'decision and desiredState cannot be taken back; make a new DesktopResize',
}
const stepOrder = {
  kind,
  field: 'status.steps[]',
  message: 'a step goes from Pending by Intended to Done, Undone or Skipped, and only from Done to Undone',
}

/** A step that goes from one state to another. */
const step = (name: string, from: string, to: string) => ({
  spec: resize(),
  statusFrom: { steps: [{ name, state: from }] },
  statusTo: { steps: [{ name, state: to }] },
})
const outcome = (from: Spec, to: Spec) => ({ spec: resize(), statusFrom: from, statusTo: to })

export const desktopResizeCases: RuleCase[] = [
  change('desktopRef', { name: 'other' }),
  change('idempotencyKey', 'b'),
  change('cpus', 8),
  change('memory', '16Gi'),
  change('mode', 'Hot'),
  change('confirm', 'Automatic'),
  change('notBeforeTime', '2026-01-01T12:00:00Z'),
  change('notAfterTime', '2026-01-03T00:00:00Z'),
  change('timeoutSeconds', 900),
  ...fixedPresence(
    kind,
    'idempotencyKey, cpus, memory, mode, confirm, notBeforeTime, notAfterTime and timeoutSeconds cannot be added or taken away; make a new DesktopResize',
    resize(),
    optional,
  ),
  mostMemory(kind, 'spec.memory', (memory) => resize({ memory })),
  {
    ...order,
    refused: { create: resize({ notBeforeTime: optional.notAfterTime, notAfterTime: optional.notBeforeTime }) },
    accepted: { create: full },
  },
  { ...decision, refused: { create: resize({ decision: 'Confirm' }) }, accepted: { create: decided('Confirm') } },
  {
    ...decision,
    refused: { create: resize({ confirm: 'Automatic', decision: 'Revert' }) },
    accepted: { from: manual, to: decided('Revert') },
  },
  { ...oneWay, refused: { from: decided('Revert'), to: manual }, accepted: { from: manual, to: decided('Revert') } },
  { ...oneWay, refused: { from: cancelled, to: resize() }, accepted: { from: resize(), to: cancelled } },
  {
    kind,
    field: 'spec.decision',
    message: 'was made and cannot change; to go back make a new DesktopResize',
    refused: { from: decided('Confirm'), to: decided('Revert') },
    accepted: { from: decided('Confirm'), to: { ...decided('Confirm'), desiredState: 'Cancelled' } },
  },
  {
    kind,
    field: 'status',
    message: 'outcome is write-once',
    refused: outcome({ outcome: 'Failed' }, { outcome: 'Succeeded' }),
    accepted: outcome({ outcome: 'Failed' }, { outcome: 'Failed', observedGeneration: 2 }),
  },
  {
    kind,
    field: 'status',
    message: 'outcome is write-once',
    refused: outcome({ outcome: 'Failed' }, {}),
    accepted: outcome({ observedGeneration: 1 }, { outcome: 'Succeeded' }),
  },
  { ...stepOrder, refused: step('Lock', 'Intended', 'Pending'), accepted: step('Lock', 'Pending', 'Done') },
  { ...stepOrder, refused: step('Lock', 'Done', 'Intended'), accepted: step('Lock', 'Done', 'Undone') },
  { ...stepOrder, refused: step('Lock', 'Undone', 'Done'), accepted: step('Lock', 'Intended', 'Undone') },
  { ...stepOrder, refused: step('Lock', 'Skipped', 'Intended'), accepted: step('Lock', 'Pending', 'Skipped') },
  ...['Resize', 'Confirm', 'Revert', 'Recover'].map(
    (name): RuleCase => ({
      kind,
      field: 'status.steps[]',
      message: 'a step that must not be sent twice is Intended before it is Done',
      refused: step(name, 'Pending', 'Done'),
      accepted: step(name, 'Intended', 'Done'),
    }),
  ),
]
