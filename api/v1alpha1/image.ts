import { z } from 'zod'
import { conditions, observedGeneration } from './conditions.ts'
import { imageSource } from './image-source.ts'
import { commonReasons } from './reasons.ts'
import { cel, count, immutable, listSet, reference, text, time } from './schema.ts'

/** Names that Glance keeps for itself or that spec has its own field for: refused as property keys. */
const reservedKeys = [
  ...['stores', 'hidden', 'id', 'name', 'status', 'visibility', 'protected', 'tags', 'owner', 'size', 'virtual_size'],
  ...[
    'checksum',
    'os_hash_algo',
    'os_hash_value',
    'os_hidden',
    'disk_format',
    'container_format',
    'min_disk',
    'min_ram',
  ],
  ...['created_at', 'updated_at', 'self', 'file', 'schema', 'direct_url', 'locations'],
]

const properties = cel(
  z.record(z.string(), text(65_535)).meta({ maxProperties: 127 }),
  {
    rule: "self.all(key, !key.startsWith('auxo_') && !key.startsWith('os_glance_'))",
    message: 'keys that begin with auxo_ or os_glance_ are reserved',
  },
  {
    rule: `self.all(key, !(key in [${reservedKeys.map((key) => `'${key}'`).join(',')}]))`,
    message:
      'a key is reserved by Glance; name, tags, visibility, protection, formats, minDisk and minMemory have fields of their own in spec',
  },
  { rule: 'self.all(key, size(key) > 0 && size(key) <= 255)', message: 'a key has 1 to 255 characters' },
  // maxLength counts characters; Glance counts bytes, and answers 500 beyond.
  { rule: 'self.all(key, size(bytes(self[key])) <= 65535)', message: 'a value has at most 65,535 bytes' },
).describe(
  'Free properties, `key: value`. Keys that are left out are not touched; only keys that were applied from here are removed. At most 127 (and ours), values of at most 65,535 bytes.',
)

const fields = z.object({
  cloudRef: immutable(reference('the Cloud'), 'make a new Image').describe('The Cloud whose Glance holds the image.'),
  source: immutable(imageSource, 'make a new Image'),
  imageName: text(255).min(1).optional().describe('Name in Glance; `metadata.name` if absent.'),
  diskFormat: immutable(z.enum(['raw', 'qcow2', 'iso', 'vmdk', 'vhd', 'vhdx', 'vdi']), 'make a new Image')
    .optional()
    .describe('Disk format as Glance names it. Required where an image is made.'),
  containerFormat: immutable(z.enum(['bare']), 'make a new Image')
    .optional()
    .describe('Container format as Glance names it; `bare` if absent.'),
  minDisk: text(16)
    .regex(/^[0-9]{1,7}(Gi|Ti)$/)
    .optional()
    .describe('Smallest disk that the image can boot from, in whole GiB: `40Gi`.'),
  minMemory: text(16)
    .regex(/^[0-9]{1,9}(Mi|Gi)$/)
    .optional()
    .describe('Least memory that the image can boot with, in whole MiB: `4Gi`.'),
  visibility: z
    .enum(['Private', 'Shared', 'Community', 'Public'])
    .optional()
    .describe('Who can see the image in the cloud. Most clouds let only administrators publish.'),
  protection: z
    .enum(['Protected', 'Unprotected'])
    .optional()
    .describe('Whether Glance refuses to delete the image, for everybody.'),
  tags: listSet(text(255).min(1), 128)
    .optional()
    .describe('Tags in Glance. Only tags that were applied from here are removed.'),
  properties: properties.optional(),
  enablement: z
    .enum(['Enabled', 'Disabled'])
    .optional()
    .describe(
      'Only an enabled image may be used for new templates. Existing templates keep working. Glance is not told. `Enabled` if absent (for synchronised images: what the Cloud says).',
    ),
  managementPolicy: z
    .enum(['Managed', 'Unmanaged'])
    .optional()
    .describe(
      '`Unmanaged`: observed, never changed or deleted. If absent: `Unmanaged` for source `Existing`, `Managed` otherwise.',
    ),
  deletionPolicy: z
    .enum(['Delete', 'Retain'])
    .optional()
    .describe(
      'What happens to the Glance image when this object is deleted. If absent: `Retain` for source `Existing`, `Delete` otherwise. Can still be changed while the object is being deleted.',
    ),
})

export const imageSpec = cel(
  fields,
  {
    rule: "self.source.type == 'Existing' || has(self.diskFormat)",
    message: 'diskFormat is required where an image is made (source HTTP or Upload)',
    fieldPath: '.diskFormat',
    reason: 'FieldValueRequired',
  },
  {
    rule: "self.source.type != 'Existing' || (!has(self.diskFormat) && !has(self.containerFormat))",
    message: 'an existing image has its formats already; leave diskFormat and containerFormat out',
  },
  {
    rule: "self.source.type != 'Existing' || !has(self.deletionPolicy) || self.deletionPolicy != 'Delete'",
    message: 'an image that was not made here is never deleted from Glance; use Retain or leave deletionPolicy out',
    fieldPath: '.deletionPolicy',
  },
  {
    rule: 'has(self.diskFormat) == has(oldSelf.diskFormat) && has(self.containerFormat) == has(oldSelf.containerFormat)',
    message: 'diskFormat and containerFormat are immutable; make a new Image',
  },
)

const progress = z.object({
  bytes: count().describe('Bytes that the cloud has taken.'),
  totalBytes: count().optional().describe('Bytes in all, where known.'),
  percent: z.int().min(0).max(100).optional().describe('Share that is done, where the total is known.'),
  bytesPerSecond: count().optional().describe('Rate over the last seconds.'),
  secondsLeft: count().optional().describe('Time left at that rate.'),
})

export const imageStatus = z.object({
  conditions: conditions.optional(),
  observedGeneration: observedGeneration.optional(),
  id: text(64).optional().describe('Id of the image in Glance.'),
  attempt: z
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe(
      'Number of the attempt to make the image; the id derives from the mark and from it. Recorded before Glance is asked.',
    ),
  origin: z
    .enum(['Created', 'Synchronized'])
    .optional()
    .describe('`Created`: made by this object. `Synchronized`: made by someone else and found.'),
  enablement: z.enum(['Enabled', 'Disabled']).optional().describe('The enablement in effect.'),
  name: text(255).optional().describe('Name in Glance.'),
  state: text(63)
    .optional()
    .describe('State as Glance gives it: `queued`, `saving`, `importing`, `active`, `deactivated`, ….'),
  diskFormat: text(63).optional().describe('Disk format in Glance.'),
  containerFormat: text(63).optional().describe('Container format in Glance.'),
  size: text(16).optional().describe('Size of the image’s data, rounded for people: `9.1Gi`.'),
  sizeBytes: count().optional().describe('Size of the image’s data in bytes.'),
  virtualSizeBytes: count()
    .optional()
    .describe('Size of the disk that the image makes, in bytes, where Glance knows it.'),
  checksum: text(128).optional().describe('MD5 of the data as Glance gives it.'),
  hashAlgorithm: text(32).optional().describe('Algorithm of `hashValue`: `sha512`.'),
  hashValue: text(256).optional().describe('Hash of the data as Glance gives it.'),
  owner: text(255).optional().describe('Id of the project that owns the image.'),
  visibility: text(32).optional().describe('Visibility in Glance.'),
  protection: z
    .enum(['Protected', 'Unprotected'])
    .optional()
    .describe('Whether Glance protects the image from deletion.'),
  createdTime: time().optional().describe('When the image was made in Glance.'),
  updatedTime: time().optional().describe('When the image last changed in Glance.'),
  progress: progress.optional().describe('How far the bytes are; written at most every five seconds while they move.'),
  upload: z
    .object({
      url: text(2048).describe('Where a tus 1.0 client sends the bytes.'),
      caBundle: text(16_384)
        .optional()
        .describe('Certificates (PEM) that prove the address, where they are not public ones.'),
    })
    .optional()
    .describe('Present while the bytes of an upload are awaited.'),
  appliedProperties: listSet(text(255), 128)
    .optional()
    .describe('Keys of properties that were applied from `spec.properties`.'),
  appliedTags: listSet(text(255), 128).optional().describe('Tags that were applied from `spec.tags`.'),
  refreshed: text(255).optional().describe('Value of the annotation vdi.auxo.dev/refresh that was last obeyed.'),
})

export type ImageSpec = z.infer<typeof imageSpec>
export type ImageStatus = z.infer<typeof imageStatus>

/** Reasons of the conditions of an Image, with what they mean. */
export const imageReasons = {
  ...commonReasons,
  Available: 'The image is active in Glance and as it is wanted.',
  Creating: 'The image is being made in Glance.',
  Transferring: 'Bytes are on their way into Glance.',
  AwaitingUpload: 'The bytes are awaited: kubectl auxo image upload, or any tus client.',
  Importing: 'Glance fetches the bytes by itself, or imports what was sent to its staging area.',
  Verifying: 'The bytes are in Glance; their hash is awaited.',
  Updating: 'Name, tags, visibility, protection or properties are being changed.',
  Deleting: 'The image is being deleted in Glance.',
  ImageNotFound: 'No image in the cloud matches spec.source.existing.',
  NotActive: 'The image exists in Glance but is not active yet.',
  ImageAmbiguous: 'Several images match spec.source.existing.name.',
  ProjectChanged: 'The image was made in another project than the Cloud is connected to now.',
  ImageTaken: 'Another Image object holds the same Glance image.',
  ImageDeactivated: 'An administrator deactivated the image in Glance.',
  ImageProtected: 'Glance refuses to delete a protected image.',
  ImageInUse: 'The image is used; the message says by whom.',
  ImageGone: 'The image was in Glance and no longer is.',
  AddressRefused: 'The URL leads to an address that is not allowed.',
  ChecksumMismatch: 'The bytes are not the ones that spec.source.http.checksum promises.',
  ChecksumUnprovable:
    'The cloud hashes with another algorithm than the checksum’s, so Glance’s own download or import cannot be proved.',
  FormatMismatch: 'The bytes are not of the format that spec.diskFormat says.',
  SourceUnavailable: 'The URL does not answer, or answers with errors.',
  SourceRefused: 'The URL cannot be used: not found, forbidden, not an image, or longer or shorter than said.',
  SecretMissing: 'The Secret or its key for the URL does not exist.',
  ImportUnavailable: 'The cloud does not offer or refuses web-download or glance-direct.',
  ImportFailed: 'Glance’s own download or import failed; the message is Glance’s.',
  QuotaExceeded: 'A limit of the project or the space of the store is reached.',
} as const
export type ImageReason = keyof typeof imageReasons
