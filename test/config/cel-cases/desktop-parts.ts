import { immutable, mostMemory, nameOrID, type RuleCase, type Spec } from './rule-case.ts'

const kind = 'Desktop'
const networks = [{ name: 'nic0', network: { name: 'desktops' } }]
const desktop = (changes: Spec): Spec => ({
  cloudRef: { name: 'vdi' },
  source: { type: 'Template', template: { name: 'office' } },
  ...changes,
})
const network = (value: Spec) => desktop({ networks: [{ name: 'nic0', network: value }] })
const fixedIP = (address: string) => desktop({ networks: [{ ...networks[0], fixedIPs: [address] }] })
const attached = (value: Spec) => desktop({ volumes: [{ name: 'data', volume: value }] })
const noAddress = { kind, message: 'is not an IPv4 or IPv6 address' }

/** Rules of the parts of a Desktop: each is about one field alone. */
export const desktopPartCases: RuleCase[] = [
  immutable(
    kind,
    'spec.networks[].network',
    'take this interface away and add one with another name',
    network({ name: 'a' }),
    network({ name: 'b' }),
  ),
  immutable(
    kind,
    'spec.volumes[].volume',
    'take this entry away and add one with another name',
    attached({ name: 'a' }),
    attached({ name: 'b' }),
  ),
  ...nameOrID(kind, 'spec.networks[].network', network),
  ...nameOrID(kind, 'spec.volumes[].volume', attached),
  ...nameOrID(kind, 'spec.serverGroup', (serverGroup) => desktop({ serverGroup })),
  ...nameOrID(kind, 'spec.floatingIP.network', (value) => desktop({ floatingIP: { network: value } })),
  mostMemory(kind, 'spec.resources.memory', (memory) => desktop({ resources: { memory } })),
  {
    kind,
    field: 'spec.resources',
    message: 'set at least one of cpus, memory and disk',
    refused: { create: desktop({ resources: {} }) },
    accepted: { create: desktop({ resources: { cpus: 1 } }) },
  },
  {
    ...noAddress,
    field: 'spec.networks[].fixedIPs[]',
    refused: { create: fixedIP('10.0.0.256') },
    accepted: { create: fixedIP('2001:db8::1') },
  },
  {
    ...noAddress,
    field: 'spec.floatingIP.address',
    refused: { create: desktop({ floatingIP: { address: 'pc.example.com' } }) },
    accepted: { create: desktop({ floatingIP: { address: '203.0.113.7', interface: 'nic0' } }) },
  },
  ...[{ interface: 'nic0' }, { address: '203.0.113.7', network: { name: 'public' } }].map(
    (floatingIP): RuleCase => ({
      kind,
      field: 'spec.floatingIP',
      message: 'set exactly one of address and network',
      refused: { create: desktop({ floatingIP }) },
      accepted: { create: desktop({ floatingIP: { network: { name: 'public' } } }) },
    }),
  ),
  {
    kind,
    field: 'spec.storage',
    message: '`volume` must be set exactly when `type` is Volume',
    refused: { create: desktop({ storage: { type: 'Volume' } }) },
    accepted: { create: desktop({ storage: { type: 'Volume', volume: { size: '40Gi' } } }) },
  },
  {
    kind,
    field: 'spec.metadata',
    message: 'keys that begin with auxo_ are reserved',
    refused: { create: desktop({ metadata: { auxo_mark: 'mine' } }) },
    accepted: { create: desktop({ metadata: { my_auxo_mark: 'mine' } }) },
  },
  {
    kind,
    field: 'spec.metadata',
    message: 'a key has 1 to 255 of the characters a-z, A-Z, 0-9, space, colon, dot, hyphen and underscore',
    refused: { create: desktop({ metadata: { 'a/b': 'c' } }) },
    accepted: { create: desktop({ metadata: { 'vdi:team': 'sales' } }) },
  },
]
