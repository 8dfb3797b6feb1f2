import type { Desktop, DesktopTemplate } from '../../api/v1alpha1/objects.ts'
import { conditionOf } from '../../pkg/kube/conditions.ts'
import type { Stage } from './harness.ts'
import type { Tenant } from './tenant.ts'

/** Reasons of `Ready` that `desktopStates` leads through. */
export const DESKTOP_STATES = [
  ...['Busy', 'TemplateNotFound', 'ServerTaken', 'ServerAmbiguous', 'ServerFailed', 'ServerGone'],
  ...['ImageMissing', 'ImageTooLarge', 'TemplateInUse', 'NetworkNotFound'],
]

const cloudRef = { name: 'vdi' }
const networks = [{ name: 'nic0', network: { name: 'desktops' } }]
const resources = { cpus: 1, memory: '1Gi', disk: '20Gi' }
const office: DesktopTemplate['spec'] = { cloudRef, imageRef: { name: 'windows' }, resources, networks }
const from = (name: string): Desktop['spec'] => ({ cloudRef, source: { type: 'Template', template: { name } } })

/** Brings desktops and templates into as many states as there are, in a cloud where everything takes a while. */
export async function desktopStates(stage: Stage): Promise<void> {
  const tenant = await stage.tenant({ connected: false })
  const delays = { spawn: 400, stop: 400, start: 400, pause: 400, delete: 400 }
  Object.assign(tenant.cloud.nova.state.settings.delays, delays)
  await tenant.applySecret()
  const credentials = { secretRef: { name: 'vdi-cloud' }, cloudName: 'admin' }
  await tenant.applyCloud({ credentials, project: { name: 'demo' } })
  const [id = ''] = tenant.cloud.seed(1, () => ({ name: 'windows', min_disk: 20 }))
  await tenant.templates.apply('office', office)
  await tenant.templates.reason('office', 'ImageMissing')
  await tenant.apply('windows', { source: { type: 'Existing', existing: { id } } })
  await tenant.templates.ready('office')
  await tenant.templates.apply('small', { ...office, resources: { ...resources, disk: '10Gi' } })
  await tenant.templates.reason('small', 'ImageTooLarge')
  await life(tenant)
  await failures(tenant)
  await tenant.templates.remove('office')
}

async function life({ desktops, templates }: Tenant): Promise<void> {
  await desktops.apply('pc', from('nowhere'))
  await desktops.reason('pc', 'TemplateNotFound')
  await templates.apply('nowhere', { ...office, networks: [{ name: 'nic0', network: { name: 'nowhere' } }] })
  await desktops.reason('pc', 'NetworkNotFound')
  await templates.delete('nowhere')
  await templates.reason('nowhere', 'TemplateInUse')
  await desktops.remove('pc')
  await templates.gone('nowhere')
  await desktops.apply('pc', { ...from('office'), powerState: 'Running' })
  const { status } = await desktops.ready('pc')
  await desktops.apply('pc', { ...from('office'), powerState: 'Paused', metadata: { role: 'desk' } })
  await desktops.ready('pc')
  await desktops.apply('pc', { ...from('office'), powerState: 'Stopped', lock: 'Locked', resources: { cpus: 2 } })
  await desktops.ready('pc')
  await desktops.when('pc', (seen) => conditionOf(seen, 'ResizePending') !== undefined)
  await desktops.apply('taken', { cloudRef, source: { type: 'Existing', existing: { id: status?.id ?? '' } } })
  await desktops.reason('taken', 'ServerTaken')
  await desktops.remove('taken')
  await desktops.remove('pc')
}

async function failures(tenant: Tenant): Promise<void> {
  const { desktops, cloud } = tenant
  cloud.nova.state.failures.push('spawn', 'spawn', 'spawn')
  await desktops.apply('failed', from('office'))
  await desktops.reason('failed', 'ServerFailed')
  await desktops.remove('failed')
  for (const name of ['gone', 'twin']) await desktops.apply(name, { ...from('office'), serverName: 'same' })
  const { status } = await desktops.ready('gone')
  await desktops.ready('twin')
  await desktops.apply('either', { cloudRef, source: { type: 'Existing', existing: { name: 'same' } } })
  await desktops.reason('either', 'ServerAmbiguous')
  const server = cloud.nova.settle().servers[status?.id ?? '']
  Object.assign(server ?? {}, { vmState: 'deleted', deletedAt: Date.now() })
  await tenant.annotateCloud({ 'vdi.auxo.dev/refresh': '1' })
  await desktops.reason('gone', 'ServerGone')
  for (const name of ['either', 'gone', 'twin']) await desktops.remove(name)
}
