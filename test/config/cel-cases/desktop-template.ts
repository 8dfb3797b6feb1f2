import { immutable, mostMemory, nameOrID, type RuleCase, type Spec } from './rule-case.ts'

const kind = 'DesktopTemplate'
const resources = { cpus: 2, memory: '4Gi' }
const template = (changes: Spec = {}): Spec => ({
  cloudRef: { name: 'vdi' },
  imageRef: { name: 'windows-11' },
  resources: { ...resources, disk: '40Gi' },
  networks: [{ name: 'nic0', network: { name: 'desktops' } }],
  ...changes,
})
const { resources: _, ...withoutSize } = template()
const sized = { kind, field: 'spec', message: 'set exactly one of resources and flavorRef' }
const disk = {
  kind,
  field: 'spec',
  message: 'resources.disk must be set exactly when storage is Ephemeral; a Volume has its own size',
}
const storage = { kind, field: 'spec.storage', message: '`volume` must be set exactly when `type` is Volume' }
const volume = { type: 'Volume', volume: { size: '40Gi' } }

export const desktopTemplateCases: RuleCase[] = [
  immutable(kind, 'spec.cloudRef', `make a new ${kind}`, template(), template({ cloudRef: { name: 'other' } })),
  mostMemory(kind, 'spec.resources.memory', (memory) => template({ resources: { cpus: 2, memory, disk: '40Gi' } })),
  ...nameOrID(kind, 'spec.networks[].network', (network) => template({ networks: [{ name: 'nic0', network }] })),
  { ...sized, refused: { create: withoutSize }, accepted: { create: template() } },
  {
    ...sized,
    refused: { create: template({ flavorRef: { name: 'office' } }) },
    accepted: { create: { ...withoutSize, flavorRef: { name: 'office' } } },
  },
  {
    ...disk,
    refused: { create: template({ resources }) },
    accepted: { create: template({ resources, storage: volume }) },
  },
  {
    ...disk,
    refused: { create: template({ storage: volume }) },
    accepted: { create: template({ storage: { type: 'Ephemeral' } }) },
  },
  {
    ...storage,
    refused: { create: template({ storage: { ...volume, type: 'Ephemeral' } }) },
    accepted: { create: { ...withoutSize, flavorRef: { name: 'office' }, storage: volume } },
  },
  {
    ...storage,
    refused: { create: template({ resources, storage: { type: 'Volume' } }) },
    accepted: { create: template({ resources, storage: { ...volume, volume: { size: '40Gi', type: 'ssd' } } }) },
  },
]
