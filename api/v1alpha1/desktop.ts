import { z } from 'zod'
import { desktopNetworks, floatingIP } from './desktop-network.ts'
import { availabilityZone, resourceOverrides, securityGroups, storage } from './desktop-parts.ts'
import { desktopSource } from './desktop-source.ts'
import { desktopVolumes } from './desktop-volume.ts'
import { cel, fixedPresence, immutable, nameOrID, reference, text } from './schema.ts'

const instead = 'make a new Desktop'

const metadata = cel(
  z.record(z.string(), text(255)).meta({ maxProperties: 96 }),
  {
    rule: "self.all(key, !key.startsWith('auxo_'))",
    message: 'keys that begin with auxo_ are reserved',
  },
  {
    rule: "self.all(key, key.matches('^[-a-zA-Z0-9_:. ]{1,255}$'))",
    message: 'a key has 1 to 255 of the characters a-z, A-Z, 0-9, space, colon, dot, hyphen and underscore',
  },
).describe(
  'Server metadata, `key: value`. Keys that are left out are not touched; only keys that were applied from here are removed.',
)

const fields = z.object({
  cloudRef: immutable(reference('the Cloud'), instead).describe('The Cloud whose Nova holds the server.'),
  source: immutable(desktopSource, instead),
  serverName: text(255).min(1).optional().describe('Name in Nova; `metadata.name` if absent.'),
  resources: resourceOverrides
    .optional()
    .describe(
      'Size of this desktop, where it differs from its template or flavor. With source Image and no flavorRef it is the size in full. How a change is carried out: `resizePolicy`.',
    ),
  resizePolicy: z
    .enum(['OnRequest', 'Automatic'])
    .optional()
    .describe(
      '`OnRequest`: a difference to `resources` is shown (`ResizePending`) and waits for a DesktopResize. `Automatic`: the operator makes one. `OnRequest` if absent.',
    ),
  networks: desktopNetworks.optional(),
  securityGroups: securityGroups
    .optional()
    .describe(
      'Security groups of all interfaces; if absent those of the template at the start, and not touched later.',
    ),
  floatingIP: floatingIP.optional(),
  storage: immutable(storage, instead).optional(),
  volumes: desktopVolumes.optional(),
  availabilityZone: immutable(availabilityZone, instead)
    .optional()
    .describe('Availability zone to make the server in; that of the template if absent.'),
  host: immutable(
    text(255)
      .min(1)
      .regex(/^[^:]*$/),
    'it says where the server is made; make a new Desktop',
  )
    .optional()
    .describe(
      'Compute host to make the server on. Takes the verb update on desktops/place, and an administrator in Nova.',
    ),
  serverGroup: immutable(nameOrID('the server group'), instead)
    .optional()
    .describe('Server group in Nova (affinity, anti-affinity) to make the server in.'),
  keyPairRef: immutable(reference('the KeyPair'), instead)
    .optional()
    .describe('KeyPair whose public key the guest gets (cloud-init, cloudbase-init).'),
  userData: immutable(
    z.object({
      secretRef: reference('a Secret of type `vdi.auxo.dev/userdata` with the key `userdata`').describe(
        'Secret with the user data: at most 49,149 bytes, which is what Nova takes.',
      ),
    }),
    'Nova hands user data out as they were when the server was made; make a new Desktop',
  )
    .optional()
    .describe('What cloud-init or cloudbase-init gets.'),
  metadata: metadata.optional(),
  powerState: z
    .enum(['Running', 'Stopped', 'Paused', 'Suspended', 'Shelved'])
    .optional()
    .describe(
      '`Paused` keeps memory in the host’s memory, `Suspended` on its disk, `Shelved` frees the host. Absent: not ours to set. Takes the verb update on desktops/power.',
    ),
  lock: z
    .enum(['Unlocked', 'Locked'])
    .optional()
    .describe(
      'Whether Nova refuses changes by members of the project. Absent: not ours to set. Takes the verb update on desktops/lock.',
    ),
  lockReason: text(255).min(1).optional().describe('Why it is locked, as Nova shows it.'),
  managementPolicy: z
    .enum(['Managed', 'Unmanaged'])
    .optional()
    .describe(
      '`Unmanaged`: the server is observed and never changed, but by a DesktopResize. If absent: `Unmanaged` for source `Existing`, `Managed` otherwise.',
    ),
  deletionPolicy: z
    .enum(['Delete', 'Retain'])
    .optional()
    .describe(
      'What happens to the server when this object is deleted. If absent: `Retain` for source `Existing`, `Delete` otherwise. Can still be changed while the object is being deleted.',
    ),
})

/** What only counts when a server is made. */
const atCreation = ['storage', 'availabilityZone', 'host', 'serverGroup', 'keyPairRef', 'userData']

export const desktopSpec = cel(
  fields,
  {
    rule: "self.source.type != 'Image' || has(self.source.image.flavorRef) || (has(self.resources) && has(self.resources.cpus) && has(self.resources.memory))",
    message: 'source Image takes source.image.flavorRef, or resources with cpus and memory',
    reason: 'FieldValueRequired',
  },
  {
    rule: "self.source.type != 'Image' || has(self.source.image.flavorRef) || has(self.resources) && has(self.resources.disk) == (!has(self.storage) || self.storage.type == 'Ephemeral')",
    message:
      'without flavorRef, resources.disk must be set exactly when storage is Ephemeral; a Volume has its own size',
  },
  {
    rule: "self.source.type != 'Image' || has(self.networks)",
    message: 'networks is required with source Image',
    fieldPath: '.networks',
    reason: 'FieldValueRequired',
  },
  {
    rule: `self.source.type != 'Existing' || (${atCreation.map((field) => `!has(self.${field})`).join(' && ')})`,
    message: `an existing server was made already; leave ${atCreation.join(', ')} out`,
  },
  {
    rule: "self.source.type != 'Existing' || !has(self.deletionPolicy) || self.deletionPolicy != 'Delete'",
    message: 'a server that was not made here is never deleted from Nova; use Retain or leave deletionPolicy out',
    fieldPath: '.deletionPolicy',
  },
  {
    rule: "!has(self.lockReason) || (has(self.lock) && self.lock == 'Locked')",
    message: 'lockReason goes with lock: Locked',
    fieldPath: '.lockReason',
  },
  {
    rule: '(has(self.resources) && has(self.resources.disk)) == (has(oldSelf.resources) && has(oldSelf.resources.disk))',
    message: 'resources.disk cannot be added or taken away; make a new Desktop',
    fieldPath: '.resources',
  },
  fixedPresence(atCreation, instead),
)

export type DesktopSpec = z.infer<typeof desktopSpec>
