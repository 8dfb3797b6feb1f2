import { z } from 'zod'
import { conditions, observedGeneration } from './conditions.ts'
import { commonReasons } from './reasons.ts'
import { cel, count, immutable, listByKey, nameOrID, reference, text, time } from './schema.ts'

const instead = 'make a new ProjectQuota'

const number = () => z.int().min(-1).max(2_147_483_647)

const limits = cel(
  z.object({
    instances: number().optional().describe('Servers (Nova’s `instances`).'),
    cpus: number().optional().describe('Virtual CPUs of all servers (Nova’s `cores`).'),
    memory: text(16)
      .regex(/^(-1|0|[1-9][0-9]{0,8}(Mi|Gi|Ti))$/)
      .optional()
      .describe('Memory of all servers in whole MiB (Nova’s `ram`): `3200Gi`.'),
    volumes: number().optional().describe('Volumes (Cinder’s `volumes`).'),
    storage: text(16)
      .regex(/^(-1|0|[1-9][0-9]{0,6}(Gi|Ti|Pi))$/)
      .optional()
      .describe('Volumes and snapshots together in whole GiB (Cinder’s `gigabytes`): `20Ti`.'),
  }),
  {
    rule: 'has(self.instances) || has(self.cpus) || has(self.memory) || has(self.volumes) || has(self.storage)',
    message: 'set at least one limit',
  },
).describe('The most that the project may use; -1 is unlimited. A limit that is left out is not touched.')

export const projectQuotaSpec = z.object({
  cloudRef: immutable(reference('the Cloud'), instead).describe(
    'The Cloud whose credential may set quotas: an administrator’s.',
  ),
  project: immutable(nameOrID('the project'), instead).describe(
    'The project, resolved in Keystone first. One ProjectQuota for each; of several the oldest counts.',
  ),
  limits,
  force: z
    .boolean()
    .optional()
    .describe('Set a limit below what is in use already: nothing goes, nothing more can be made. Refused otherwise.'),
  deletionPolicy: z
    .enum(['Delete', 'Retain'])
    .optional()
    .describe(
      'When this object is deleted, `Delete` puts the project back to the cloud’s default quota, `Retain` leaves the limits. `Retain` if absent.',
    ),
})

const integer = (minimum: number) =>
  z.int().min(minimum).max(Number.MAX_SAFE_INTEGER).meta({ format: 'int64' }).optional()

const amounts = (minimum: number, description: string) =>
  z
    .object({
      instances: integer(minimum).describe('Servers.'),
      cpus: integer(minimum).describe('Virtual CPUs.'),
      memoryMiB: integer(minimum).describe('Memory in MiB.'),
      volumes: integer(minimum).describe('Volumes.'),
      storageGiB: integer(minimum).describe('Volumes and snapshots in GiB.'),
    })
    .describe(description)

const hold = z.object({
  uid: text(36).min(1).describe('Uid of the DesktopResize.'),
  resize: text(253).min(1).describe('Its name.'),
  cpus: count().describe('Virtual CPUs that are kept free for it.'),
  memoryMiB: count().describe('Memory in MiB that is kept free for it.'),
})

export const projectQuotaStatus = z.object({
  conditions: conditions.optional(),
  observedGeneration: observedGeneration.optional(),
  project: z
    .object({ id: text(64).describe('Id of the project.'), name: text(255).optional().describe('Its name.') })
    .optional()
    .describe('The project, as Keystone knows it.'),
  limits: amounts(-1, 'Limits as Nova and Cinder give them back; -1 is unlimited.').optional(),
  used: amounts(0, 'What is in use, as Nova and Cinder count it.').optional(),
  held: z
    .object({
      cpus: count().describe('Virtual CPUs.'),
      memoryMiB: count().describe('Memory in MiB.'),
    })
    .optional()
    .describe('Sum of `holds`.'),
  available: amounts(
    -1,
    'What is left: limits without what is used and held; -1 is unlimited, 0 also where use is above.',
  ).optional(),
  holds: listByKey(hold, 'uid', 512)
    .optional()
    .describe('What unfinished resizes keep free for themselves. Recomputed from them.'),
  usageTime: time().optional().describe('When `used` last changed.'),
  refreshed: text(255).optional().describe('Value of the annotation vdi.auxo.dev/refresh that was last obeyed.'),
})

export type ProjectQuotaSpec = z.infer<typeof projectQuotaSpec>
export type ProjectQuotaStatus = z.infer<typeof projectQuotaStatus>

/** Reasons of the conditions of a ProjectQuota, with what they mean. */
export const projectQuotaReasons = {
  ...commonReasons,
  Applied: 'Nova and Cinder have the limits of spec.',
  Applying: 'The limits are being set in Nova and Cinder.',
  Deleting: 'The project is being put back to the cloud’s default quota.',
  ProjectNotFound: 'The project does not exist in Keystone, or the credential may not see it.',
  ProjectAmbiguous: 'Several projects have the name; use the id.',
  QuotaTaken: 'An older ProjectQuota is there for the same cloud and project.',
  BelowUse: 'A limit is below what is in use; raise it, free something, or set force.',
  LimitsManagedElsewhere:
    'The service took the limits but has others: they are kept in Keystone (unified limits), or someone else sets them.',
  Refused: 'The credential may not set quotas; it takes an administrator’s.',
} as const
export type ProjectQuotaReason = keyof typeof projectQuotaReasons
