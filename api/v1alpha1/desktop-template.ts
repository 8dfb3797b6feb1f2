import { z } from 'zod'
import { conditions, observedGeneration } from './conditions.ts'
import { availabilityZone, imageRef, itemName, resources, securityGroups, storage } from './desktop-parts.ts'
import { commonReasons } from './reasons.ts'
import { cel, immutable, listByKey, nameOrID, reference, text } from './schema.ts'
import { observedSize } from './sizes.ts'

const network = z.object({
  name: itemName().describe('Name of the interface, for whoever changes it on one desktop: `nic0`.'),
  network: nameOrID('the network').describe('The network in Neutron.'),
})

const fields = z.object({
  cloudRef: immutable(reference('the Cloud'), 'make a new DesktopTemplate').describe(
    'The Cloud that the desktops are made in.',
  ),
  imageRef: imageRef.describe(
    'The Image that root disks are made from. It must be Enabled when the template first takes it; a template that has it already keeps working.',
  ),
  resources: resources.optional().describe('Size of the desktops. The operator makes one flavor for the template.'),
  flavorRef: reference('the Flavor').optional().describe('A Flavor to use instead of `resources`.'),
  networks: listByKey(network, 'name', 16).min(1).describe('Interfaces of each desktop, in this order.'),
  securityGroups: securityGroups
    .optional()
    .describe('Security groups of the interfaces; Neutron’s `default` if absent.'),
  availabilityZone: availabilityZone.optional().describe('Availability zone; Nova’s choice if absent.'),
  storage: storage.optional(),
})

export const desktopTemplateSpec = cel(
  fields,
  {
    rule: 'has(self.resources) != has(self.flavorRef)',
    message: 'set exactly one of resources and flavorRef',
  },
  {
    rule: "!has(self.resources) || has(self.resources.disk) == (!has(self.storage) || self.storage.type == 'Ephemeral')",
    message: 'resources.disk must be set exactly when storage is Ephemeral; a Volume has its own size',
    fieldPath: '.resources',
  },
)

export const desktopTemplateStatus = z.object({
  conditions: conditions.optional(),
  observedGeneration: observedGeneration.optional(),
  imageID: text(64).optional().describe('Id in Glance of the image that new desktops are made from.'),
  flavorID: text(255).optional().describe('Id of the flavor that new desktops get.'),
  flavorName: text(255).optional().describe('Its name in Nova.'),
  cpus: z.int().min(0).max(2_147_483_647).optional().describe('Virtual CPUs of that flavor.'),
  memory: observedSize().optional().describe('Memory of that flavor: `4Gi`.'),
  disk: observedSize().optional().describe('Root disk of that flavor: `40Gi`.'),
  refreshed: text(255).optional().describe('Value of the annotation vdi.auxo.dev/refresh that was last obeyed.'),
})

export type DesktopTemplateSpec = z.infer<typeof desktopTemplateSpec>
export type DesktopTemplateStatus = z.infer<typeof desktopTemplateStatus>

/** Reasons of the conditions of a DesktopTemplate, with what they mean. */
export const desktopTemplateReasons = {
  ...commonReasons,
  Available: 'Desktops can be made from the template.',
  CreatingFlavor: 'The flavor of the template is being made in Nova.',
  DeletingFlavor: 'The flavor of the template is being deleted in Nova.',
  ImageMissing: 'The Image that imageRef names does not exist. Heals when it is made.',
  ImageNotReady: 'The Image is not ready yet.',
  ImageDisabled: 'The Image is disabled, and the template did not have it before. Heals when it is enabled.',
  ImageChanged: 'The Image has another id in Glance than imageRef.id says.',
  ImageTooLarge: 'The image asks for more disk or memory (minDisk, minMemory) than the template gives.',
  FlavorMissing: 'The Flavor that flavorRef names does not exist. Heals when it is made.',
  FlavorNotReady: 'The Flavor is not ready yet.',
  NameTaken: 'Another flavor in Nova has the name that the template’s flavor would have.',
  TemplateInUse: 'The template is being deleted; desktops still use its flavor.',
  Refused: 'The credential may not make flavors; use flavorRef, or a credential that may.',
} as const
export type DesktopTemplateReason = keyof typeof desktopTemplateReasons
