import type { RuleCase, Spec } from './rule-case.ts'

const image = (changes: Spec = {}): Spec => ({
  cloudRef: { name: 'vdi' },
  source: { type: 'Upload' },
  diskFormat: 'qcow2',
  ...changes,
})
const url = 'https://images.example.com/a.qcow2'
const http = (members: Spec = {}): Spec => image({ source: { type: 'HTTP', http: { url, ...members } } })
const existing = (changes: Spec = {}, match: Spec = { name: 'Windows 7' }): Spec => ({
  cloudRef: { name: 'vdi' },
  source: { type: 'Existing', existing: match },
  ...changes,
})
const id = '00000000-0000-4000-8000-000000000000'
const digest = (algorithm: string, digits: number) => http({ checksum: { algorithm, value: 'a'.repeat(digits) } })
const property = (key: string) => image({ properties: { [key]: 'value' } })

const makeNew = 'is immutable; make a new Image'
const formatsImmutable = 'diskFormat and containerFormat are immutable; make a new Image'
const reservedByGlance =
  'a key is reserved by Glance; name, tags, visibility, protection, formats, minDisk and minMemory have fields of their own in spec'
const glanceDownloads =
  'Glance downloads without credentials, certificates or unpacking; leave secretRef, caRef and decompress out, or use via: Operator'

export const imageCases: RuleCase[] = [
  {
    kind: 'Image',
    field: 'spec',
    message: 'diskFormat is required where an image is made (source HTTP or Upload)',
    refused: { create: { cloudRef: { name: 'vdi' }, source: { type: 'Upload' } } },
    accepted: { create: existing() },
  },
  {
    kind: 'Image',
    field: 'spec',
    message: 'an existing image has its formats already; leave diskFormat and containerFormat out',
    refused: { create: existing({ diskFormat: 'raw' }) },
    accepted: { create: image({ containerFormat: 'bare' }) },
  },
  {
    kind: 'Image',
    field: 'spec',
    message: 'an existing image has its formats already; leave diskFormat and containerFormat out',
    refused: { create: existing({ containerFormat: 'bare' }) },
    accepted: { create: existing({ minDisk: '40Gi' }) },
  },
  {
    kind: 'Image',
    field: 'spec',
    message: 'an image that was not made here is never deleted from Glance; use Retain or leave deletionPolicy out',
    refused: { from: existing(), to: existing({ deletionPolicy: 'Delete' }) },
    accepted: { from: existing(), to: existing({ deletionPolicy: 'Retain' }) },
  },
  {
    kind: 'Image',
    field: 'spec',
    message: formatsImmutable,
    refused: { from: image(), to: image({ containerFormat: 'bare' }) },
    accepted: { from: image(), to: image({ imageName: 'Another name', deletionPolicy: 'Retain' }) },
  },
  {
    kind: 'Image',
    field: 'spec.cloudRef',
    message: makeNew,
    refused: { from: image(), to: image({ cloudRef: { name: 'other' } }) },
    accepted: { from: image(), to: image({ enablement: 'Disabled' }) },
  },
  {
    kind: 'Image',
    field: 'spec.source',
    message: makeNew,
    refused: { from: image(), to: http() },
    accepted: { from: http(), to: { ...http(), protection: 'Protected' } },
  },
  {
    kind: 'Image',
    field: 'spec.source',
    message: makeNew,
    refused: { from: http(), to: http({ via: 'Glance' }) },
    accepted: { from: existing(), to: existing({ managementPolicy: 'Managed' }) },
  },
  {
    kind: 'Image',
    field: 'spec.diskFormat',
    message: makeNew,
    refused: { from: image(), to: image({ diskFormat: 'raw' }) },
    accepted: { from: image(), to: image({ tags: ['gold'] }) },
  },
  {
    kind: 'Image',
    field: 'spec.containerFormat',
    message: makeNew,
    // There is one format yet: taking it away is refused by the rule of spec.
    refused: { create: image({ containerFormat: 'docker' }) },
    accepted: { from: image({ containerFormat: 'bare' }), to: image({ containerFormat: 'bare', minMemory: '4Gi' }) },
  },
  {
    kind: 'Image',
    field: 'spec.source',
    message: '`http` must be set exactly when `type` is HTTP',
    refused: { create: image({ source: { type: 'HTTP' } }) },
    accepted: { create: http() },
  },
  {
    kind: 'Image',
    field: 'spec.source',
    message: '`http` must be set exactly when `type` is HTTP',
    refused: { create: image({ source: { type: 'Upload', http: { url } } }) },
    accepted: { create: image() },
  },
  {
    kind: 'Image',
    field: 'spec.source',
    message: '`upload` can be set only when `type` is Upload',
    refused: { create: image({ source: { type: 'HTTP', http: { url }, upload: { size: '9Gi' } } }) },
    accepted: { create: image({ source: { type: 'Upload', upload: { size: '9Gi' } } }) },
  },
  {
    kind: 'Image',
    field: 'spec.source',
    message: '`existing` must be set exactly when `type` is Existing',
    refused: { create: image({ source: { type: 'Upload', existing: { id } } }) },
    accepted: { create: existing({}, { id }) },
  },
  {
    kind: 'Image',
    field: 'spec.source',
    message: '`existing` must be set exactly when `type` is Existing',
    refused: { create: { cloudRef: { name: 'vdi' }, source: { type: 'Existing' } } },
    accepted: { create: existing() },
  },
  {
    kind: 'Image',
    field: 'spec.source.existing',
    message: 'set exactly one of id and name',
    refused: { create: existing({}, { id, name: 'Windows 7' }) },
    accepted: { create: existing({}, { name: 'Windows 7' }) },
  },
  {
    kind: 'Image',
    field: 'spec.source.existing',
    message: 'set exactly one of id and name',
    refused: { create: existing({}, {}) },
    accepted: { create: existing({}, { id }) },
  },
  ...(
    [
      ['SHA512', 64, 128],
      ['SHA256', 63, 64],
      ['MD5', 40, 32],
    ] as const
  ).map(
    ([algorithm, wrong, right]): RuleCase => ({
      kind: 'Image',
      field: 'spec.source.http.checksum',
      message: 'value must have 128 hexadecimal digits for SHA512, 64 for SHA256, 32 for MD5',
      refused: { create: digest(algorithm, wrong) },
      accepted: { create: digest(algorithm, right) },
    }),
  ),
  {
    kind: 'Image',
    field: 'spec.source.http',
    message: glanceDownloads,
    refused: { create: http({ via: 'Glance', secretRef: { name: 'a' } }) },
    accepted: { create: http({ via: 'Operator', secretRef: { name: 'a' } }) },
  },
  {
    kind: 'Image',
    field: 'spec.source.http',
    message: glanceDownloads,
    refused: { create: http({ via: 'Glance', caRef: { name: 'a' } }) },
    accepted: { create: http({ caRef: { name: 'a' }, decompress: 'Xz' }) },
  },
  {
    kind: 'Image',
    field: 'spec.source.http',
    message: glanceDownloads,
    refused: { create: http({ via: 'Glance', decompress: 'Gzip' }) },
    accepted: { create: http({ via: 'Glance', decompress: 'None' }) },
  },
  ...['auxo_mark', 'os_glance_importing_to_stores'].map(
    (key): RuleCase => ({
      kind: 'Image',
      field: 'spec.properties',
      message: 'keys that begin with auxo_ or os_glance_ are reserved',
      refused: { create: property(key) },
      accepted: { create: property(`my_${key}`) },
    }),
  ),
  ...['stores', 'hidden', 'os_hidden', 'min_ram', 'locations', 'owner'].map(
    (key): RuleCase => ({
      kind: 'Image',
      field: 'spec.properties',
      message: reservedByGlance,
      refused: { create: property(key) },
      accepted: { create: property(`${key}_of_mine`) },
    }),
  ),
  {
    kind: 'Image',
    field: 'spec.properties',
    message: 'a key has 1 to 255 characters',
    refused: { create: property('') },
    accepted: { create: property('a') },
  },
  {
    kind: 'Image',
    field: 'spec.properties',
    message: 'a key has 1 to 255 characters',
    refused: { create: property('a'.repeat(256)) },
    accepted: { create: property('a'.repeat(255)) },
  },
  {
    kind: 'Image',
    field: 'spec.properties',
    message: 'a value has at most 65,535 bytes',
    refused: { create: image({ properties: { note: 'é'.repeat(32_768) } }) },
    accepted: { create: image({ properties: { note: `${'é'.repeat(32_767)}e` } }) },
  },
]
