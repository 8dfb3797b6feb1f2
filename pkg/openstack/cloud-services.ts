import { ComputeQuotaService } from './compute-quota-service.ts'
import { FlavorService } from './flavor-service.ts'
import { ImageService } from './image-service.ts'
import { InstanceActionService } from './instance-action-service.ts'
import { KeyPairService } from './key-pair-service.ts'
import { MigrationService } from './migration-service.ts'
import { NetworkService } from './network-service.ts'
import { ProjectService } from './project-service.ts'
import type { VersionedRequester } from './request.ts'
import { ServerActions } from './server-actions.ts'
import { ServerGroupService } from './server-group-service.ts'
import { ServerService } from './server-service.ts'
import { UserService } from './user-service.ts'
import { VolumeAttachmentService } from './volume-attachment-service.ts'
import { VolumeQuotaService } from './volume-quota-service.ts'
import { VolumeService } from './volume-service.ts'

/** What can be asked of a cloud: the parts of its services' APIs that kinds need. */
export interface CloudServices {
  images: ImageService
  servers: ServerService
  serverActions: ServerActions
  serverGroups: ServerGroupService
  instanceActions: InstanceActionService
  migrations: MigrationService
  flavors: FlavorService
  keyPairs: KeyPairService
  computeQuotas: ComputeQuotaService
  volumeQuotas: VolumeQuotaService
  volumes: VolumeService
  volumeAttachments: VolumeAttachmentService
  networks: NetworkService
  projects: ProjectService
  users: UserService
}

export function createServices(session: VersionedRequester): CloudServices {
  return {
    images: new ImageService(session),
    servers: new ServerService(session),
    serverGroups: new ServerGroupService(session),
    serverActions: new ServerActions(session),
    instanceActions: new InstanceActionService(session),
    migrations: new MigrationService(session),
    flavors: new FlavorService(session),
    keyPairs: new KeyPairService(session),
    computeQuotas: new ComputeQuotaService(session),
    volumeQuotas: new VolumeQuotaService(session),
    volumes: new VolumeService(session),
    volumeAttachments: new VolumeAttachmentService(session),
    networks: new NetworkService(session),
    projects: new ProjectService(session),
    users: new UserService(session),
  }
}
