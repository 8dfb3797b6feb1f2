import { keyOf } from '../../pkg/kube/resource.ts'
import { cloudKeyOf } from '../../pkg/openstack/cloud-access.ts'
import type { Runtime } from '../runtime.ts'
import { isAutomatic } from './automatic-resize.ts'
import { DesktopKind } from './desktop-kind.ts'
import { DesktopMemory } from './memory.ts'
import { type WakeTargets, wakeOn } from './wake.ts'

/** Puts the Desktop kind to work; `others` hears of changes in clouds too. */
export function registerDesktops(runtime: Runtime, others: Omit<WakeTargets, 'object'>): void {
  const { client, informers, registry } = runtime
  const { clouds, desktops, desktopTemplates, desktopResizes, images, flavors, keyPairs } = informers
  const kind = new DesktopKind({
    client,
    registry,
    memory: new DesktopMemory(),
    cloudOf: (desktop) => clouds.get(cloudKeyOf(desktop)),
    holdersOf: (desktop, id) => desktops.byIndex('cloudID', `${cloudKeyOf(desktop)}/${id}`),
    resizesOf: (desktop) =>
      desktopResizes.byIndex('desktop', keyOf(desktop)).filter((resize) => isAutomatic(resize, desktop)),
    neighbours: {
      template: (namespace, name) => desktopTemplates.get(`${namespace}/${name}`),
      image: (namespace, name) => images.get(`${namespace}/${name}`),
      flavor: (namespace, name) => flavors.get(`${namespace}/${name}`),
      keyPair: (namespace, name) => keyPairs.get(`${namespace}/${name}`),
    },
  })
  const controller = runtime.control('desktop', kind, desktops)
  const object = (key: string) => controller.enqueue(key)
  const sources = { registry, clouds, desktops, templates: desktopTemplates, images, flavors, keyPairs }
  runtime.ends.push(wakeOn({ ...sources, resizes: desktopResizes }, { ...others, object }))
}
