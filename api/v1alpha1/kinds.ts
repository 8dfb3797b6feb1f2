import { cloudReasons, cloudSpec, cloudStatus } from './cloud.ts'
import { computeKinds } from './compute-kinds.ts'
import { imageReasons, imageSpec, imageStatus } from './image.ts'
import { AGE, type KindDefinition, READY } from './kind-definition.ts'
import { CLOUD, IMAGE } from './names.ts'

/** All kinds, in the order of the docs. */
export const kinds: readonly KindDefinition[] = [
  {
    names: CLOUD,
    description: 'Cloud is a connection to one project of an OpenStack cloud.',
    spec: cloudSpec,
    status: cloudStatus,
    reasons: cloudReasons,
    columns: [
      ...READY,
      { name: 'Project', type: 'string', jsonPath: '.status.project.name' },
      { name: 'Images', type: 'integer', jsonPath: '.status.images.total' },
      AGE,
      { name: 'Owner', type: 'string', jsonPath: '.spec.ownerID', priority: 1 },
      { name: 'Expires', type: 'string', jsonPath: '.status.credentialsExpiryTime', priority: 1 },
    ],
    selectable: ['.spec.credentials.secretRef.name'],
  },
  {
    names: IMAGE,
    description: 'Image is an image in Glance: made here, or made by someone else and found.',
    spec: imageSpec,
    status: imageStatus,
    reasons: imageReasons,
    columns: [
      ...READY,
      { name: 'Origin', type: 'string', jsonPath: '.status.origin' },
      { name: 'Enablement', type: 'string', jsonPath: '.status.enablement' },
      { name: 'Format', type: 'string', jsonPath: '.status.diskFormat' },
      { name: 'Size', type: 'string', jsonPath: '.status.size' },
      {
        name: 'Progress',
        type: 'integer',
        jsonPath: '.status.progress.percent',
        description: 'Percent of the bytes that Glance has taken.',
      },
      AGE,
      { name: 'ID', type: 'string', jsonPath: '.status.id', priority: 1 },
      { name: 'Name in Glance', type: 'string', jsonPath: '.status.name', priority: 1 },
    ],
    selectable: ['.spec.cloudRef.name', '.spec.source.type'],
  },
  ...computeKinds,
]
