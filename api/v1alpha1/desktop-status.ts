import { z } from 'zod'
import { conditions, observedGeneration } from './conditions.ts'
import { count, listAtomic, listByKey, listSet, text, time } from './schema.ts'
import { observedSize } from './sizes.ts'

const templatePin = z
  .object({
    name: text(253).describe('Name of the DesktopTemplate.'),
    uid: text(36).describe('Its uid.'),
    generation: count().describe('Its `metadata.generation` when the server was made.'),
    imageID: text(64).describe('Id in Glance of the image that it stood for then.'),
    flavorID: text(255).describe('Id of the flavor that it stood for then.'),
  })
  .describe('The template as it was when the server was made; also in the server’s metadata.')

const creation = z
  .object({
    attempt: z.int().min(1).max(1_000_000).describe('Number of the attempt, from 1.'),
    startTime: time().describe('When Nova was about to be asked. Recorded before.'),
    requestID: text(64).optional().describe('Nova’s id of the request that made the server, where an answer came.'),
  })
  .describe('The last attempt to make the server.')

const activeOperation = z
  .object({
    kind: text(63).min(1).describe('Kind of the object that works on the server: `DesktopResize`.'),
    name: text(253).min(1).describe('Its name.'),
    uid: text(36).min(1).describe('Its uid.'),
    startTime: time().describe('Since when.'),
  })
  .describe('The one operation that has the server now; nothing else changes it meanwhile.')

const executedResize = z.object({
  key: text(253).min(1).describe('Idempotency key.'),
  hash: text(64).min(1).describe('Hash of what was asked for (SHA-256, hexadecimal).'),
  outcome: text(63).optional().describe('Outcome, once there is one.'),
  finishTime: time().optional().describe('When it ended.'),
})

const flavor = z
  .object({
    name: text(255).optional().describe('Name (`original_name`).'),
    id: text(255).optional().describe('Id, where it is known: Nova’s server has only the name.'),
  })
  .describe('The flavor that the server has.')

const serverAddress = z.object({
  network: text(255).describe('Name of the network.'),
  address: text(45).describe('IP address.'),
  type: z.enum(['Fixed', 'Floating']).describe('Whether it is an address of the interface or a floating IP.'),
  macAddress: text(32).optional().describe('MAC address of the interface.'),
})

const networkInterface = z.object({
  name: text(63).min(1).describe('Name of the interface in spec.'),
  portID: text(64).describe('Id of its port in Neutron.'),
})

const attachedVolume = z.object({
  name: text(63).min(1).describe('Name of the entry in spec.'),
  volumeID: text(64).describe('Id of the volume in Cinder.'),
})

const appliedFloatingIP = z
  .object({
    id: text(64).describe('Id in Neutron.'),
    address: text(45).describe('The address.'),
    origin: z
      .enum(['Allocated', 'Existing'])
      .describe('`Allocated`: for this desktop, and given back with it. `Existing`: only associated.'),
  })
  .describe('The floating IP that was associated from here.')

const fault = z
  .object({
    code: z.int().min(0).max(999).describe('Code, like those of HTTP.'),
    message: text(1024).describe('What Nova says.'),
    details: text(4096).optional().describe('More, for administrators; cut to this length.'),
    createdTime: time().optional().describe('When it happened.'),
  })
  .describe('Why the server is in ERROR, as Nova gives it.')

/** What is known of the server, as Nova gives it. */
const server = {
  id: text(36).optional().describe('Id of the server.'),
  name: text(255).optional().describe('Name in Nova.'),
  state: text(63).optional().describe('`status` as Nova gives it: `ACTIVE`, `SHUTOFF`, `VERIFY_RESIZE`, ….'),
  vmState: text(63).optional().describe('`OS-EXT-STS:vm_state`.'),
  taskState: text(63).optional().describe('`OS-EXT-STS:task_state`; absent where there is no task.'),
  powerState: z
    .enum(['Running', 'Stopped', 'Paused', 'Suspended', 'Shelved', 'Crashed', 'Unknown'])
    .optional()
    .describe('In the words of `spec.powerState`: from vm_state and `OS-EXT-STS:power_state`.'),
  cpus: z.int().min(0).max(2_147_483_647).optional().describe('Virtual CPUs of the server’s flavor.'),
  memory: observedSize().optional().describe('Memory of the server’s flavor: `4Gi`.'),
  disk: observedSize().optional().describe('Root disk of the server’s flavor: `40Gi`.'),
  flavor: flavor.optional(),
  imageID: text(64).optional().describe('Id in Glance of the image; absent where it boots from a volume.'),
  address: text(45).optional().describe('Where to reach it: the floating IP, else the first fixed address.'),
  addresses: listAtomic(serverAddress, 64).optional().describe('All addresses.'),
  host: text(255).optional().describe('Compute host (`OS-EXT-SRV-ATTR:host`), where the credential may see it.'),
  availabilityZone: text(255).optional().describe('Availability zone that it is in.'),
  lock: z.enum(['Unlocked', 'Locked']).optional().describe('Whether it is locked.'),
  lockReason: text(255).optional().describe('`locked_reason`.'),
  keyPair: text(255).optional().describe('Name of the key pair that it was made with.'),
  projectID: text(64).optional().describe('Id of the project that it is in.'),
  userID: text(64).optional().describe('Id of the user who made it.'),
  fault: fault.optional(),
  createdTime: time().optional().describe('When the server was made.'),
  launchedTime: time().optional().describe('When it was first up.'),
}

export const desktopStatus = z.object({
  conditions: conditions.optional(),
  observedGeneration: observedGeneration.optional(),
  ...server,
  origin: z
    .enum(['Created', 'Existing', 'Synchronized'])
    .optional()
    .describe('`Created`: made by this object. `Existing`: named by it. `Synchronized`: found by the operator.'),
  creation: creation.optional(),
  template: templatePin.optional(),
  flavorID: text(255).optional().describe('Id of the flavor that was made for this desktop alone, while there is one.'),
  activeOperation: activeOperation.optional(),
  executedResizes: listByKey(executedResize, 'key', 16)
    .optional()
    .describe(
      'The latest DesktopResizes that had an effect; also in the server’s metadata. They are not carried out again.',
    ),
  appliedMetadata: listSet(text(255), 96).optional().describe('Keys of metadata that were applied from spec.'),
  appliedSecurityGroups: listSet(text(255), 32).optional().describe('Security groups that were applied from spec.'),
  appliedInterfaces: listByKey(networkInterface, 'name', 16)
    .optional()
    .describe('Interfaces that were made from spec.'),
  appliedVolumes: listByKey(attachedVolume, 'name', 24).optional().describe('Volumes that were attached from spec.'),
  appliedFloatingIP: appliedFloatingIP.optional(),
  refreshed: text(255).optional().describe('Value of the annotation vdi.auxo.dev/refresh that was last obeyed.'),
})

export type DesktopStatus = z.infer<typeof desktopStatus>
