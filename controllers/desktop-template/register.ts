import type { Desktop, DesktopTemplate } from '../../api/v1alpha1/objects.ts'
import { followClouds } from '../../pkg/cloud-objects/wake.ts'
import type { Informer } from '../../pkg/kube/informer.ts'
import { type KubeObject, keyOf } from '../../pkg/kube/resource.ts'
import { cloudKeyOf } from '../../pkg/openstack/cloud-access.ts'
import { readMarkOfMaker } from '../../pkg/openstack/mark.ts'
import type { Runtime } from '../runtime.ts'
import { DesktopTemplateKind } from './template-kind.ts'

/** Indexes of the DesktopTemplate informer. */
export const templateIndexes = {
  /** `Kind/namespace/name` of what a template refers to. */
  refers: ({ metadata, spec }: DesktopTemplate): string[] => [
    `Image/${metadata.namespace}/${spec.imageRef.name}`,
    ...(spec.flavorRef === undefined ? [] : [`Flavor/${metadata.namespace}/${spec.flavorRef.name}`]),
  ],
}

/** Puts the DesktopTemplate kind to work. */
export function registerDesktopTemplates(runtime: Runtime): void {
  const { informers, registry } = runtime
  const { clouds, desktopTemplates, desktops, images, flavors } = informers
  const kind = new DesktopTemplateKind({
    registry,
    cloudOf: (template) => clouds.get(cloudKeyOf(template)),
    image: (namespace, name) => images.get(`${namespace}/${name}`),
    flavor: (namespace, name) => flavors.get(`${namespace}/${name}`),
    desktopsOf: (template) => desktops.byIndex('refers', `DesktopTemplate/${keyOf(template)}`),
  })
  const controller = runtime.control('desktop-template', kind, desktopTemplates)
  const wake = (key: string) => controller.enqueue(key)
  const followReferred = <O extends KubeObject>(informer: Informer<O>) =>
    informer.subscribe(({ object }) => {
      const value = `${informer.type.kind}/${keyOf(object)}`
      for (const template of desktopTemplates.byIndex('refers', value)) wake(keyOf(template))
    })
  runtime.ends.push(
    followClouds({
      ...{ registry, clouds, objects: desktopTemplates, wake },
      inventoryOf: ({ flavorInventory }) => flavorInventory,
      markOf: (flavor) => readMarkOfMaker('DesktopTemplate', flavor),
      indexes: {},
    }),
    followReferred(images),
    followReferred(flavors),
    desktops.subscribe(({ object }) => wakeGoing(object, desktopTemplates, wake)),
  )
}

/** A template that is being deleted waits for the desktops that are about to be made from it. */
function wakeGoing({ metadata, spec }: Desktop, templates: Informer<DesktopTemplate>, wake: (key: string) => void) {
  const key = `${metadata.namespace}/${spec.source.template?.name ?? ''}`
  if (templates.get(key)?.metadata.deletionTimestamp !== undefined) wake(key)
}
