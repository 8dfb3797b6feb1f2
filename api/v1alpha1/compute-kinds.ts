import { desktopSpec } from './desktop.ts'
import { desktopReasons } from './desktop-reasons.ts'
import { desktopResizeSpec } from './desktop-resize.ts'
import { desktopResizeReasons } from './desktop-resize-reasons.ts'
import { desktopResizeStatus } from './desktop-resize-status.ts'
import { desktopStatus } from './desktop-status.ts'
import { desktopTemplateReasons, desktopTemplateSpec, desktopTemplateStatus } from './desktop-template.ts'
import { flavorReasons, flavorSpec, flavorStatus } from './flavor.ts'
import { keyPairReasons, keyPairSpec, keyPairStatus } from './key-pair.ts'
import { AGE, type KindDefinition, READY } from './kind-definition.ts'
import { DESKTOP, DESKTOP_RESIZE, DESKTOP_TEMPLATE, FLAVOR, KEY_PAIR, PROJECT_QUOTA } from './names.ts'
import { projectQuotaReasons, projectQuotaSpec, projectQuotaStatus } from './project-quota.ts'

/** The kinds of Nova: servers and what they are made of. */
export const computeKinds: readonly KindDefinition[] = [
  {
    names: FLAVOR,
    description: 'Flavor is a size of servers in Nova: made here, or there already.',
    spec: flavorSpec,
    status: flavorStatus,
    reasons: flavorReasons,
    columns: [
      ...READY,
      { name: 'CPUs', type: 'integer', jsonPath: '.status.cpus' },
      { name: 'Memory', type: 'string', jsonPath: '.status.memory' },
      { name: 'Disk', type: 'string', jsonPath: '.status.disk' },
      { name: 'Access', type: 'string', jsonPath: '.status.access' },
      AGE,
      { name: 'ID', type: 'string', jsonPath: '.status.id', priority: 1 },
      { name: 'Name in Nova', type: 'string', jsonPath: '.status.name', priority: 1 },
    ],
    selectable: ['.spec.cloudRef.name'],
  },
  {
    names: KEY_PAIR,
    description: 'KeyPair is a public key in Nova that new desktops get.',
    spec: keyPairSpec,
    status: keyPairStatus,
    reasons: keyPairReasons,
    columns: [
      ...READY,
      { name: 'Type', type: 'string', jsonPath: '.status.type' },
      { name: 'Fingerprint', type: 'string', jsonPath: '.status.fingerprint' },
      AGE,
      { name: 'Name in Nova', type: 'string', jsonPath: '.status.name', priority: 1 },
      { name: 'User', type: 'string', jsonPath: '.status.userID', priority: 1 },
    ],
    selectable: ['.spec.cloudRef.name'],
  },
  {
    names: DESKTOP_TEMPLATE,
    description: 'DesktopTemplate is what desktops are made from: image, size, networks.',
    spec: desktopTemplateSpec,
    status: desktopTemplateStatus,
    reasons: desktopTemplateReasons,
    columns: [
      ...READY,
      { name: 'Image', type: 'string', jsonPath: '.spec.imageRef.name' },
      { name: 'CPUs', type: 'integer', jsonPath: '.status.cpus' },
      { name: 'Memory', type: 'string', jsonPath: '.status.memory' },
      { name: 'Disk', type: 'string', jsonPath: '.status.disk' },
      AGE,
      { name: 'Flavor ID', type: 'string', jsonPath: '.status.flavorID', priority: 1 },
      { name: 'Image ID', type: 'string', jsonPath: '.status.imageID', priority: 1 },
    ],
    selectable: ['.spec.cloudRef.name', '.spec.imageRef.name', '.spec.flavorRef.name'],
  },
  {
    names: DESKTOP,
    description: 'Desktop is a virtual desktop, a server in Nova: made here, or made by someone else and found.',
    spec: desktopSpec,
    status: desktopStatus,
    reasons: desktopReasons,
    columns: [
      ...READY,
      { name: 'Power', type: 'string', jsonPath: '.status.powerState' },
      { name: 'CPUs', type: 'integer', jsonPath: '.status.cpus' },
      { name: 'Memory', type: 'string', jsonPath: '.status.memory' },
      { name: 'Address', type: 'string', jsonPath: '.status.address' },
      { name: 'Host', type: 'string', jsonPath: '.status.host' },
      AGE,
      { name: 'Operation', type: 'string', jsonPath: '.status.activeOperation.name', priority: 1 },
      { name: 'Template', type: 'string', jsonPath: '.spec.source.template.name', priority: 1 },
      { name: 'Origin', type: 'string', jsonPath: '.status.origin', priority: 1 },
      { name: 'ID', type: 'string', jsonPath: '.status.id', priority: 1 },
      { name: 'Name in Nova', type: 'string', jsonPath: '.status.name', priority: 1 },
    ],
    selectable: [
      '.spec.cloudRef.name',
      '.spec.source.type',
      '.spec.source.template.name',
      '.spec.source.image.imageRef.name',
      '.spec.source.image.flavorRef.name',
      '.spec.keyPairRef.name',
      '.spec.userData.secretRef.name',
    ],
  },
  {
    names: DESKTOP_RESIZE,
    description: 'DesktopResize gives one Desktop other CPUs and memory, once.',
    spec: desktopResizeSpec,
    status: desktopResizeStatus,
    reasons: desktopResizeReasons,
    columns: [
      { name: 'Desktop', type: 'string', jsonPath: '.spec.desktopRef.name' },
      { name: 'From', type: 'string', jsonPath: '.status.from.size' },
      { name: 'To', type: 'string', jsonPath: '.status.to.size' },
      { name: 'Step', type: 'string', jsonPath: '.status.step' },
      { name: 'Outcome', type: 'string', jsonPath: '.status.outcome' },
      AGE,
      ...READY.map((column) => ({ ...column, priority: 1 as const })),
      { name: 'Server', type: 'string', jsonPath: '.status.serverID', priority: 1 },
    ],
    selectable: ['.spec.desktopRef.name'],
  },
  {
    names: PROJECT_QUOTA,
    description: 'ProjectQuota is how much one project may use of Nova and Cinder.',
    spec: projectQuotaSpec,
    status: projectQuotaStatus,
    reasons: projectQuotaReasons,
    columns: [
      ...READY,
      { name: 'Project', type: 'string', jsonPath: '.status.project.name' },
      { name: 'Instances', type: 'integer', jsonPath: '.status.used.instances', description: 'Servers in use.' },
      { name: 'CPUs', type: 'integer', jsonPath: '.status.used.cpus', description: 'Virtual CPUs in use.' },
      { name: 'CPUs left', type: 'integer', jsonPath: '.status.available.cpus' },
      { name: 'MiB left', type: 'integer', jsonPath: '.status.available.memoryMiB' },
      AGE,
      { name: 'Project ID', type: 'string', jsonPath: '.status.project.id', priority: 1 },
    ],
    selectable: ['.spec.cloudRef.name'],
  },
]
