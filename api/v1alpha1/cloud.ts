import { z } from 'zod'
import { conditions, observedGeneration } from './conditions.ts'
import { count, immutable, listAtomic, nameOrID, reference, text, time } from './schema.ts'

const desktopSynchronization = z
  .object({
    policy: z
      .enum(['None', 'Project'])
      .describe(
        '`None`: no Desktop is made for what is in Nova (existing ones stay). `Project`: each server of the project appears as an Unmanaged Desktop.',
      ),
    intervalSeconds: z
      .int()
      .min(5)
      .max(86_400)
      .optional()
      .describe('Seconds between two looks for changes while nothing is under way; 60 if absent.'),
  })
  .describe('Which servers of the cloud appear as Desktop objects. Also how often Nova is asked.')

const imageSynchronization = z
  .object({
    policy: z
      .enum(['None', 'Project', 'All'])
      .describe(
        '`None`: no Image is made for what is in Glance (existing ones stay). `Project`: images that the project owns. `All`: every active image that the project can see.',
      ),
    intervalSeconds: z
      .int()
      .min(5)
      .max(86_400)
      .optional()
      .describe(
        'Seconds between two looks for changes while nothing is under way; 60 if absent. A full list is read every ten.',
      ),
    initialEnablement: z
      .enum(['Enabled', 'Disabled'])
      .optional()
      .describe('Enablement of a synchronised Image whose `spec.enablement` is absent; `Enabled` if absent.'),
  })
  .describe('Which images of the cloud appear as Image objects. Also how often Glance is asked.')

export const cloudSpec = z.object({
  ownerID: immutable(
    text(63)
      .min(1)
      .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/),
    'it marks what is ours in the cloud; make a new Cloud',
  ).describe(
    'Whose things in the cloud are ours: every resource that is made carries the mark `<ownerID>/<namespace>/<name>`. Keep it in Git and use another one for each installation that shares the cloud.',
  ),
  credentials: z
    .object({
      secretRef: reference(
        'a Secret of type `vdi.auxo.dev/clouds` with the key `clouds.yaml` and optionally `cacert`',
      ).describe('Secret with the credentials. It is only read. Changing its content is enough to rotate them.'),
      cloudName: text(255).min(1).describe('Which entry of `clouds` in clouds.yaml to use.'),
    })
    .describe('How to log in, as openstackclient reads it.'),
  project: nameOrID('the project')
    .optional()
    .describe(
      'Scope to another project than clouds.yaml says; a name is one in the domain of the credential’s project. Not possible with an application credential. One Cloud per project and namespace.',
    ),
  synchronize: z
    .object({ images: imageSynchronization.optional(), desktops: desktopSynchronization.optional() })
    .optional()
    .describe('What of the cloud appears in the cluster by itself. Nothing if absent.'),
  requests: z
    .object({
      perSecond: z
        .int()
        .min(1)
        .max(10_000)
        .optional()
        .describe('Requests per second to each service of the cloud; 100 if absent.'),
      burst: z
        .int()
        .min(1)
        .max(10_000)
        .optional()
        .describe('Requests that may be made at once after a pause; 200 if absent.'),
    })
    .optional()
    .describe(
      'The pace at which the operator may call this cloud, for each service by itself. Clouds on the same server share the slowest.',
    ),
})

const service = z.object({
  type: text(63).min(1).describe('Service type as in the catalogue: `image`, `compute`, `block-storage`, ….'),
  url: text(2048).describe('Endpoint that is used.'),
  version: text(32).optional().describe('API version that is used.'),
  minMicroversion: text(32).optional().describe('Lowest microversion that the service offers.'),
  maxMicroversion: text(32).optional().describe('Highest microversion that the service offers.'),
})

const absoluteLimit = z.object({
  service: text(63).min(1).describe('Service type whose limit this is.'),
  name: text(127).min(1).describe('Name as the service gives it: `maxTotalCores`, `image_size_total`, ….'),
  limit: z
    .int()
    .min(-1)
    .max(Number.MAX_SAFE_INTEGER)
    .meta({ format: 'int64' })
    .describe('The most that is allowed; -1 means no limit.'),
  used: count().optional().describe('How much is in use, where the service says it.'),
})

const rateLimit = z.object({
  service: text(63).min(1).describe('Service type whose limit this is.'),
  verb: text(16).describe('HTTP method.'),
  path: text(255).describe('URI pattern that the limit is for.'),
  limit: count().describe('Requests per unit.'),
  unit: text(16).describe('`SECOND`, `MINUTE`, `HOUR` or `DAY`.'),
})

export const cloudStatus = z.object({
  conditions: conditions.optional(),
  observedGeneration: observedGeneration.optional(),
  project: z
    .object({ id: text(64).describe('Id of the project.'), name: text(255).optional().describe('Its name.') })
    .optional()
    .describe('The project that the credential is scoped to.'),
  user: text(255).optional().describe('Name of the user that the credential logs in.'),
  credentialsExpiryTime: time().optional().describe('When the application credential expires, where Keystone says it.'),
  services: listAtomic(service, 32)
    .optional()
    .describe('Services of the cloud that are used, with endpoint and version.'),
  absoluteLimits: listAtomic(absoluteLimit, 128)
    .optional()
    .describe('Absolute limits of the project as the services report them.'),
  rateLimits: listAtomic(rateLimit, 128)
    .optional()
    .describe('Rate limits as the services report them; the operator keeps within them.'),
  images: z
    .object({ total: count().describe('Images that the operator knows in this cloud.') })
    .optional()
    .describe('What the inventory of images holds.'),
  desktops: z
    .object({ total: count().describe('Servers that the operator knows in this cloud.') })
    .optional()
    .describe('What the inventory of servers holds.'),
  refreshed: text(255).optional().describe('Value of the annotation vdi.auxo.dev/refresh that was last obeyed.'),
})

export type CloudSpec = z.infer<typeof cloudSpec>
export type CloudStatus = z.infer<typeof cloudStatus>

/** Reasons of the conditions of a Cloud, with what they mean. */
export const cloudReasons = {
  Connected: 'The cloud answers and the credential is valid.',
  Connecting: 'The first answer of the cloud is awaited.',
  CredentialsMissing: 'The Secret, or a key in it, does not exist. Heals when it is made.',
  CredentialsInvalid: 'clouds.yaml cannot be read, lacks what is needed, or the Secret has a wrong type.',
  CredentialsRejected: 'Keystone refuses the credential, or it has expired. Heals when the Secret is changed.',
  AddressRefused: 'The address of the cloud is loopback, link-local or the cluster’s own.',
  CloudUnavailable: 'The cloud does not answer, or answers with errors. Tried again until it does.',
  ProjectTaken: 'Another Cloud of the namespace has the same project.',
  InUse: 'The Cloud is being deleted and waits for the objects that refer to it.',
  Paused: 'The annotation vdi.auxo.dev/paused stops all work on the object.',
} as const
export type CloudReason = keyof typeof cloudReasons
