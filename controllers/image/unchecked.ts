import type { GlanceImage } from '../../pkg/openstack/glance-image.ts'

/**
 * Property on an image that Glance downloads or imports by itself, until it is checked; the image is hidden and private
 * so long. Its value is the SHA-512 that the data must have, once all of it was sent to the staging area; `true` before.
 */
export const uncheckedKey = 'auxo_unchecked'

export function isUnchecked({ properties }: GlanceImage): boolean {
  return properties[uncheckedKey] !== undefined
}

/** The SHA-512 of what was sent, in hexadecimal: it stands with the image, so that it outlives the process that sent it. */
export function recordedHash({ properties }: GlanceImage): string | undefined {
  const value = properties[uncheckedKey]
  return value !== undefined && /^[0-9a-f]{128}$/.test(value) ? value : undefined
}

/** Glance's own note that an import is going on; it goes last. */
export function importIsLocked({ properties }: GlanceImage): boolean {
  return properties['os_glance_import_task'] !== undefined
}
