import { fixedPresence, immutable, type RuleCase, type Spec } from './rule-case.ts'

const kind = 'Desktop'
const instead = 'make a new Desktop'
const cloudRef = { name: 'vdi' }
const networks = [{ name: 'nic0', network: { name: 'desktops' } }]
const resources = { cpus: 2, memory: '4Gi' }
const volume = { type: 'Volume', volume: { size: '40Gi' } }
const id = '00000000-0000-4000-8000-000000000000'

const desktop = (changes: Spec = {}): Spec => ({
  cloudRef,
  source: { type: 'Template', template: { name: 'office' } },
  ...changes,
})
const fromImage = (changes: Spec = {}): Spec => ({
  cloudRef,
  source: { type: 'Image', image: { imageRef: { name: 'windows-11' }, flavorRef: { name: 'office' } } },
  networks,
  ...changes,
})
const sized = (changes: Spec = {}): Spec =>
  fromImage({ source: { type: 'Image', image: { imageRef: { name: 'windows-11' } } }, ...changes })
const existing = (changes: Spec = {}, match: Spec = { name: 'pc-001' }): Spec => ({
  cloudRef,
  source: { type: 'Existing', existing: match },
  ...changes,
})

/** What only counts when a server is made: at first, and changed. */
const atCreation: Record<string, [unknown, unknown]> = {
  storage: [{ type: 'Ephemeral' }, volume],
  availabilityZone: ['nova', 'other'],
  host: ['compute1', 'compute2'],
  serverGroup: [{ name: 'a' }, { name: 'b' }],
  keyPairRef: [{ name: 'alice' }, { name: 'bob' }],
  userData: [{ secretRef: { name: 'a' } }, { secretRef: { name: 'b' } }],
}
const creationFields = Object.keys(atCreation)
const firstValues = Object.fromEntries(Object.entries(atCreation).map(([name, [first]]) => [name, first]))
const insteadOf: Record<string, string> = {
  host: `it says where the server is made; ${instead}`,
  userData: `Nova hands user data out as they were when the server was made; ${instead}`,
}

const sizeOfImage = {
  kind,
  field: 'spec',
  message: 'source Image takes source.image.flavorRef, or resources with cpus and memory',
}
const diskOfImage = {
  kind,
  field: 'spec',
  message: 'without flavorRef, resources.disk must be set exactly when storage is Ephemeral; a Volume has its own size',
}
const source = (member: string, type: string) => ({
  kind,
  field: 'spec.source',
  message: `\`${member}\` must be set exactly when \`type\` is ${type}`,
})
const reason = { kind, field: 'spec', message: 'lockReason goes with lock: Locked' }
const disk = { kind, field: 'spec', message: 'resources.disk cannot be added or taken away; make a new Desktop' }

/** Rules about how the fields of a Desktop go together, and about change. */
export const desktopCases: RuleCase[] = [
  immutable(kind, 'spec.cloudRef', instead, desktop(), desktop({ cloudRef: { name: 'other' } })),
  immutable(kind, 'spec.source', instead, desktop(), fromImage()),
  ...Object.entries(atCreation).map(([name, [from, to]]) =>
    immutable(kind, `spec.${name}`, insteadOf[name] ?? instead, desktop({ [name]: from }), desktop({ [name]: to })),
  ),
  ...fixedPresence(
    kind,
    'storage, availabilityZone, host, serverGroup, keyPairRef and userData cannot be added or taken away; make a new Desktop',
    desktop(),
    firstValues,
  ),
  ...creationFields.map(
    (name): RuleCase => ({
      kind,
      field: 'spec',
      message: `an existing server was made already; leave ${creationFields.join(', ')} out`,
      refused: { create: existing({ [name]: firstValues[name] }) },
      accepted: { create: existing({ networks, volumes: [], powerState: 'Running' }) },
    }),
  ),
  { ...sizeOfImage, refused: { create: sized() }, accepted: { create: fromImage() } },
  {
    ...sizeOfImage,
    refused: { create: sized({ resources: { cpus: 2, disk: '40Gi' } }) },
    accepted: { create: sized({ resources: { ...resources, disk: '40Gi' } }) },
  },
  {
    ...diskOfImage,
    refused: { create: sized({ resources }) },
    accepted: { create: sized({ resources, storage: volume }) },
  },
  {
    ...diskOfImage,
    refused: { create: sized({ resources: { ...resources, disk: '40Gi' }, storage: volume }) },
    accepted: { create: fromImage({ resources: { cpus: 4 } }) },
  },
  {
    kind,
    field: 'spec',
    message: 'networks is required with source Image',
    refused: { create: (({ networks: _, ...rest }) => rest)(fromImage()) },
    accepted: { create: desktop() },
  },
  {
    kind,
    field: 'spec',
    message: 'a server that was not made here is never deleted from Nova; use Retain or leave deletionPolicy out',
    refused: { create: existing({ deletionPolicy: 'Delete' }) },
    accepted: { create: existing({ deletionPolicy: 'Retain' }) },
  },
  {
    ...reason,
    refused: { create: desktop({ lockReason: 'audit' }) },
    accepted: { create: desktop({ lock: 'Locked', lockReason: 'audit' }) },
  },
  {
    ...reason,
    refused: { create: desktop({ lock: 'Unlocked', lockReason: 'audit' }) },
    accepted: { create: desktop({ lock: 'Unlocked' }) },
  },
  immutable(
    kind,
    'spec.resources.disk',
    instead,
    desktop({ resources: { disk: '40Gi' } }),
    desktop({ resources: { disk: '80Gi' } }),
  ),
  {
    ...disk,
    refused: { from: desktop({ resources: { ...resources, disk: '40Gi' } }), to: desktop({ resources }) },
    accepted: {
      from: desktop({ resources: { disk: '40Gi' } }),
      to: desktop({ resources: { ...resources, disk: '40Gi' } }),
    },
  },
  {
    ...disk,
    refused: { from: desktop(), to: desktop({ resources: { disk: '40Gi' } }) },
    accepted: { from: desktop(), to: desktop({ resources }) },
  },
  {
    ...source('template', 'Template'),
    refused: { create: desktop({ source: { type: 'Template' } }) },
    accepted: { create: desktop() },
  },
  {
    ...source('image', 'Image'),
    refused: { create: desktop({ source: { type: 'Image' }, networks, resources: { ...resources, disk: '40Gi' } }) },
    accepted: { create: fromImage() },
  },
  {
    ...source('existing', 'Existing'),
    refused: { create: desktop({ source: { type: 'Template', template: { name: 'a' }, existing: { id } } }) },
    accepted: { create: existing({}, { id }) },
  },
  ...[{ id, name: 'pc-001' }, {}].map(
    (match): RuleCase => ({
      kind,
      field: 'spec.source.existing',
      message: 'set exactly one of id and name',
      refused: { create: existing({}, match) },
      accepted: { create: existing({}, { id }) },
    }),
  ),
]
