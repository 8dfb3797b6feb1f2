import { fixedPresence, immutable, mostMemory, nameOrID, type RuleCase, type Spec } from './rule-case.ts'

const kind = 'Flavor'
const instead = 'make a new Flavor'
const cloudRef = { name: 'vdi' }
const flavor = (changes: Spec = {}): Spec => ({ cloudRef, cpus: 2, memory: '4Gi', ...changes })
const existing = (changes: Spec = {}, match: Spec = { name: 'm1.small' }): Spec => ({
  cloudRef,
  existing: match,
  ...changes,
})
const optional = { flavorName: 'office', disk: '40Gi', swap: '512Mi', ephemeral: '10Gi' }
const required = 'cpus and memory are required where a flavor is made'
const hasSize = 'an existing flavor has its name and size already; leave flavorName, cpus, memory and disks out'
const presence =
  'existing, flavorName, cpus, memory, disk, swap and ephemeral cannot be added or taken away; make a new Flavor'
const badKey = 'a key has 1 to 255 of the characters a-z, A-Z, 0-9, space, colon, dot, hyphen and underscore'
const full = flavor({ ...optional, access: { type: 'Public' } })
const change = (field: string, value: unknown): RuleCase =>
  immutable(kind, `spec.${field}`, instead, full, { ...full, [field]: value })

export const flavorCases: RuleCase[] = [
  change('cloudRef', { name: 'other' }),
  change('flavorName', 'other'),
  change('cpus', 4),
  change('memory', '8Gi'),
  change('disk', '80Gi'),
  change('swap', '1Gi'),
  change('ephemeral', '20Gi'),
  immutable(kind, 'spec.existing', instead, existing(), existing({}, { name: 'm1.large' })),
  immutable(kind, 'spec.access.type', instead, full, { ...full, access: { type: 'Projects' } }),
  ...fixedPresence(kind, presence, flavor(), optional),
  mostMemory(kind, 'spec.memory', (memory) => flavor({ memory })),
  mostMemory(kind, 'spec.swap', (swap) => flavor({ swap })),
  ...nameOrID(kind, 'spec.existing', (match) => existing({}, match)),
  ...nameOrID(kind, 'spec.access.projects[]', (project) =>
    flavor({ access: { type: 'Projects', projects: [project] } }),
  ),
  {
    kind,
    field: 'spec',
    message: required,
    refused: { create: { cloudRef, cpus: 2 } },
    accepted: { create: flavor() },
  },
  {
    kind,
    field: 'spec',
    message: required,
    refused: { create: { cloudRef, memory: '4Gi' } },
    accepted: { create: existing() },
  },
  ...Object.entries({ ...optional, cpus: 2, memory: '4Gi' }).map(
    ([name, value]): RuleCase => ({
      kind,
      field: 'spec',
      message: hasSize,
      refused: { create: existing({ [name]: value }) },
      accepted: { create: existing({ extraSpecs: { 'hw:cpu_policy': 'dedicated' } }) },
    }),
  ),
  {
    kind,
    field: 'spec',
    message: 'a flavor that was not made here is never deleted from Nova; use Retain or leave deletionPolicy out',
    refused: { create: existing({ deletionPolicy: 'Delete' }) },
    accepted: { create: existing({ deletionPolicy: 'Retain' }) },
  },
  {
    kind,
    field: 'spec.extraSpecs',
    message: badKey,
    refused: { create: flavor({ extraSpecs: { 'a/b': 'c' } }) },
    accepted: { create: flavor({ extraSpecs: { 'quota:disk_read_iops_sec': '100' } }) },
  },
  {
    kind,
    field: 'spec.access',
    message: '`projects` can be set only when `type` is Projects',
    refused: { create: flavor({ access: { type: 'Public', projects: [{ id: 'a' }] } }) },
    accepted: { create: flavor({ access: { type: 'Projects', projects: [] } }) },
  },
]
