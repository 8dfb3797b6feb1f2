import type { DesktopTemplate } from '../../api/v1alpha1/objects.ts'
import { awaitCloud } from '../../pkg/cloud-objects/waits.ts'
import type { Observed, ObservedInCloud } from './observed.ts'
import type { TemplateDecision, TemplateWait } from './steps.ts'

/** Exactly one next step. Pure. */
export function plan(template: DesktopTemplate, observed: Observed): TemplateDecision {
  if (template.metadata.deletionTimestamp !== undefined) return planDeletion(template, observed)
  if (observed.state === 'Closed') return awaitCloud(observed)
  const { image, flavor, ownFlavor, leftovers } = observed
  if ('type' in image) return image
  if (flavor === undefined && ownFlavor !== undefined) return { type: 'MakeFlavor', flavor: ownFlavor }
  if (flavor === undefined) return wait('FlavorNotReady', 'the flavor is not to be seen in Nova')
  if ('type' in flavor) return flavor
  const small = tooLarge(template, image, flavor)
  if (small !== undefined) return small
  return leftovers.length > 0 ? { type: 'DeleteFlavors', ids: leftovers } : { type: 'Rest' }
}

/** Desktops that are made already keep what they have; those that are about to be made would lose their flavor. */
function planDeletion(template: DesktopTemplate, observed: Observed): TemplateDecision {
  if (observed.state === 'Closed') {
    const mine = template.spec.resources !== undefined && template.status?.flavorID !== undefined
    return mine
      ? awaitCloud(observed, '; its flavor cannot be deleted in Nova until then')
      : { type: 'ReleaseFinalizer' }
  }
  const { usedBy, leftovers } = observed
  if (usedBy.length > 0) {
    const message = `Desktops that are not made yet need it: ${usedBy.slice(0, 5).join(', ')}; delete these first, or wait until they are made`
    return wait('TemplateInUse', message)
  }
  return leftovers.length > 0 ? { type: 'DeleteFlavors', ids: leftovers } : { type: 'ReleaseFinalizer' }
}

/** Nova refuses an image that asks for more than the flavor gives; better said here than once per desktop. */
function tooLarge(
  { spec }: DesktopTemplate,
  image: Exclude<ObservedInCloud['image'], TemplateWait>,
  flavor: { ram: number; disk: number },
): TemplateWait | undefined {
  if (image.minMemory > flavor.ram) {
    return wait('ImageTooLarge', `the image needs ${image.minMemory}Mi of memory, the template gives ${flavor.ram}Mi`)
  }
  const ephemeral = (spec.storage?.type ?? 'Ephemeral') === 'Ephemeral'
  if (ephemeral && flavor.disk > 0 && image.minDisk > flavor.disk) {
    return wait('ImageTooLarge', `the image needs a disk of ${image.minDisk}Gi, the template gives ${flavor.disk}Gi`)
  }
  return undefined
}

export function wait(reason: TemplateWait['reason'], message: string): TemplateWait {
  return { type: 'Await', reason, message, hurry: false }
}
