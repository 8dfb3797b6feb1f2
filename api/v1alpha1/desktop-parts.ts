/** What templates and desktops both say. */
import { z } from 'zod'
import { cel, immutable, listSet, nameOrID, objectName, text } from './schema.ts'
import { cpus, disk, memory } from './sizes.ts'

/** Where a root disk comes from. */
export const imageRef = z
  .object({
    name: objectName().describe('Name of the Image in the same namespace.'),
    id: text(36)
      .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/)
      .optional()
      .describe('Id in Glance that the Image must have: pins the very bytes in Git.'),
  })
  .describe('The Image that the root disk is made from.')

/** A size in full, from which the operator makes a flavor. */
export const resources = z.object({
  cpus: cpus().describe('Virtual CPUs.'),
  memory: memory().describe('Memory in whole MiB: `4Gi`.'),
  disk: disk()
    .optional()
    .describe('Root disk in whole GiB: `40Gi`. Required with storage Ephemeral; with Volume the volume is the disk.'),
})

/** Changes of a size: what is left out stays as the template or the flavor has it. */
export const resourceOverrides = cel(
  z.object({
    cpus: cpus().optional().describe('Virtual CPUs; those of the template or the flavor if absent.'),
    memory: memory().optional().describe('Memory in whole MiB: `4Gi`; that of the template or the flavor if absent.'),
    disk: immutable(disk(), 'make a new Desktop')
      .optional()
      .describe('Root disk in whole GiB: `40Gi`; that of the template or the flavor if absent. Cannot change.'),
  }),
  {
    rule: 'has(self.cpus) || has(self.memory) || has(self.disk)',
    message: 'set at least one of cpus, memory and disk',
  },
)

const volume = z.object({
  type: text(255).min(1).optional().describe('Volume type in Cinder; the cloud’s default if absent.'),
  size: disk().describe('Size of the root volume in whole GiB: `40Gi`.'),
})

/** Where the root disk lies: a union with one member per type. */
export const storage = cel(
  z.object({
    type: z
      .enum(['Ephemeral', 'Volume'])
      .describe('`Ephemeral`: with the compute host’s disks. `Volume`: a volume in Cinder, deleted with the server.'),
    volume: volume.optional().describe('For type Volume.'),
  }),
  {
    rule: "has(self.volume) == (self.type == 'Volume')",
    message: '`volume` must be set exactly when `type` is Volume',
    fieldPath: '.volume',
  },
).describe('Where the root disk lies; `Ephemeral` if absent.')

/** A name within a list of a spec (RFC 1123 label). */
export const itemName = () =>
  text(63)
    .min(1)
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)

/** Names of security groups. */
export const securityGroups = listSet(text(255).min(1), 32)

/** Name of an availability zone of Nova. */
export const availabilityZone = text(255)
  .min(1)
  .regex(/^[^:]*$/)

/** The network of an interface; another network is another interface. */
export const interfaceNetwork = () =>
  immutable(nameOrID('the network'), 'take this interface away and add one with another name').describe(
    'The network in Neutron that the interface is in.',
  )
