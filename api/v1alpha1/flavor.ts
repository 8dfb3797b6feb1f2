import { z } from 'zod'
import { conditions, observedGeneration } from './conditions.ts'
import { commonReasons } from './reasons.ts'
import { cel, fixedPresence, immutable, listAtomic, listSet, nameOrID, reference, text } from './schema.ts'
import { cpus, disk, memory, observedSize } from './sizes.ts'

const instead = 'make a new Flavor'

const extraSpecs = cel(z.record(z.string(), text(255)).meta({ maxProperties: 128 }), {
  rule: "self.all(key, key.matches('^[-a-zA-Z0-9_:. ]{1,255}$'))",
  message: 'a key has 1 to 255 of the characters a-z, A-Z, 0-9, space, colon, dot, hyphen and underscore',
}).describe(
  'Extra specs, `key: value`. Keys that are left out are not touched; only keys that were applied from here are removed.',
)

const access = cel(
  z.object({
    type: immutable(z.enum(['Public', 'Projects']), instead).describe(
      '`Public`: every project may use it. `Projects`: only those that are listed, and administrators.',
    ),
    projects: listAtomic(nameOrID('the project'), 128)
      .optional()
      .describe('For type Projects: who may use it, beside whom others gave access. Names are resolved in Keystone.'),
  }),
  {
    rule: "!has(self.projects) || self.type == 'Projects'",
    message: '`projects` can be set only when `type` is Projects',
    fieldPath: '.projects',
  },
).describe('Who may use the flavor. If absent it is made public, as Nova does, and access is not touched.')

const fields = z.object({
  cloudRef: immutable(reference('the Cloud'), instead).describe('The Cloud whose Nova holds the flavor.'),
  existing: immutable(nameOrID('the flavor'), instead)
    .optional()
    .describe('A flavor that is in Nova already. It has its size and is never deleted from here.'),
  flavorName: immutable(text(255).min(1), instead)
    .optional()
    .describe('Name in Nova; `metadata.name` if absent. Nova refuses a name that another flavor has.'),
  cpus: immutable(cpus(), instead).optional().describe('Virtual CPUs. Required where a flavor is made.'),
  memory: immutable(memory(), instead)
    .optional()
    .describe('Memory in whole MiB: `8Gi`. Required where a flavor is made.'),
  disk: immutable(disk(), instead)
    .optional()
    .describe('Root disk in whole GiB; `0Gi` if absent: only for servers that boot from a volume.'),
  swap: immutable(memory(), instead).optional().describe('Swap disk in whole MiB; none if absent.'),
  ephemeral: immutable(disk(), instead).optional().describe('Second, ephemeral disk in whole GiB; none if absent.'),
  extraSpecs: extraSpecs.optional(),
  access: access.optional(),
  managementPolicy: z
    .enum(['Managed', 'Unmanaged'])
    .optional()
    .describe(
      '`Unmanaged`: extra specs and access are observed and never changed. If absent: `Unmanaged` for an existing flavor, `Managed` otherwise.',
    ),
  deletionPolicy: z
    .enum(['Delete', 'Retain'])
    .optional()
    .describe(
      'What happens to the flavor in Nova when this object is deleted. If absent: `Retain` for an existing flavor, `Delete` otherwise. Can still be changed while the object is being deleted.',
    ),
})

const sizes = ['flavorName', 'cpus', 'memory', 'disk', 'swap', 'ephemeral']

export const flavorSpec = cel(
  fields,
  {
    rule: 'has(self.existing) || (has(self.cpus) && has(self.memory))',
    message: 'cpus and memory are required where a flavor is made',
    reason: 'FieldValueRequired',
  },
  {
    rule: `!has(self.existing) || (${sizes.map((field) => `!has(self.${field})`).join(' && ')})`,
    message: 'an existing flavor has its name and size already; leave flavorName, cpus, memory and disks out',
  },
  {
    rule: "!has(self.existing) || !has(self.deletionPolicy) || self.deletionPolicy != 'Delete'",
    message: 'a flavor that was not made here is never deleted from Nova; use Retain or leave deletionPolicy out',
    fieldPath: '.deletionPolicy',
  },
  fixedPresence(['existing', ...sizes], instead),
)

export const flavorStatus = z.object({
  conditions: conditions.optional(),
  observedGeneration: observedGeneration.optional(),
  id: text(255).optional().describe('Id of the flavor in Nova; derives from the mark where it was made here.'),
  name: text(255).optional().describe('Name in Nova.'),
  origin: z
    .enum(['Created', 'Existing'])
    .optional()
    .describe('`Created`: made by this object. `Existing`: made by someone else.'),
  cpus: z.int().min(0).max(2_147_483_647).optional().describe('Virtual CPUs (`vcpus`).'),
  memory: observedSize().optional().describe('Memory (`ram`): `8Gi`.'),
  disk: observedSize().optional().describe('Root disk: `40Gi`.'),
  swap: observedSize().optional().describe('Swap disk, where there is one.'),
  ephemeral: observedSize().optional().describe('Second disk, where there is one.'),
  access: z
    .enum(['Public', 'Projects'])
    .optional()
    .describe('Whether every project may use it (`os-flavor-access:is_public`).'),
  appliedExtraSpecs: listSet(text(255), 128)
    .optional()
    .describe('Keys of extra specs that were applied from `spec.extraSpecs`.'),
  appliedProjects: listSet(text(64), 128)
    .optional()
    .describe('Ids of projects that were given access from `spec.access.projects`.'),
  refreshed: text(255).optional().describe('Value of the annotation vdi.auxo.dev/refresh that was last obeyed.'),
})

export type FlavorSpec = z.infer<typeof flavorSpec>
export type FlavorStatus = z.infer<typeof flavorStatus>

/** Reasons of the conditions of a Flavor, with what they mean. */
export const flavorReasons = {
  ...commonReasons,
  Available: 'The flavor is in Nova and as it is wanted.',
  Creating: 'The flavor is being made in Nova.',
  Updating: 'Extra specs or access are being changed.',
  Deleting: 'The flavor is being deleted in Nova.',
  FlavorNotFound: 'No flavor in Nova matches spec.existing.',
  FlavorTaken: 'Another Flavor object holds the same flavor.',
  FlavorGone: 'The flavor was in Nova and no longer is.',
  NameTaken: 'Another flavor in Nova has the name; choose another flavorName, or refer to it by spec.existing.',
  FlavorDiffers: 'The flavor in Nova has another size than spec says; Nova’s flavors cannot change.',
  FlavorInUse: 'Desktops or templates refer to the flavor; the message says which.',
  ProjectNotFound: 'A project of spec.access.projects does not exist in Keystone.',
  Refused: 'The credential may not do this with flavors; most clouds leave them to administrators.',
} as const
export type FlavorReason = keyof typeof flavorReasons
