/**
 * The names that users, controllers and the command line share. No schema is loaded here: controllers import this file
 * at run time and everything else of the API as types only.
 */

/** API group of every kind. */
export const GROUP = 'vdi.auxo.dev'
/** API version of every kind. */
export const VERSION = 'v1alpha1'
/** `apiVersion` of every object. */
export const API_VERSION = `${GROUP}/${VERSION}` as const

/** Annotation that stops all work on an object while its value is `"true"`; the condition `Paused` shows it. */
export const PAUSED_ANNOTATION = `${GROUP}/paused`
/** Annotation whose changed value asks for a fresh look at the cloud. Its removal does nothing. */
export const REFRESH_ANNOTATION = `${GROUP}/refresh`
/** Annotation on an `Image` that admits one upload: `sha256:<hex of the ticket's SHA-256> <expiry, RFC 3339>`. */
export const UPLOAD_TICKET_ANNOTATION = `${GROUP}/upload-ticket`
/** Label on objects that the operator made from what is in a cloud; its value is the name of the `Cloud`. */
export const SYNCHRONIZED_LABEL = `${GROUP}/synchronized-from`

/** Type of the Secret that holds `clouds.yaml` (and optionally `cacert`). */
export const CLOUDS_SECRET_TYPE = `${GROUP}/clouds`
/** Type of the Secret that holds credentials for an image's URL: `username` and `password`, or `token`. */
export const HTTP_SECRET_TYPE = `${GROUP}/http`
/** Type of the Secret that holds user data under the key `userdata`. */
export const USER_DATA_SECRET_TYPE = `${GROUP}/userdata`

/** A kind as the API server serves it. */
export interface KindNames {
  readonly group: typeof GROUP
  readonly version: typeof VERSION
  readonly kind: string
  readonly plural: string
  readonly singular: string
  readonly shortNames: readonly string[]
}

const kind = (name: string, plural: string, shortNames: readonly string[]): KindNames => ({
  group: GROUP,
  version: VERSION,
  kind: name,
  plural,
  singular: name.toLowerCase(),
  shortNames,
})

export const CLOUD = kind('Cloud', 'clouds', ['cld'])
export const IMAGE = kind('Image', 'images', ['img'])
export const FLAVOR = kind('Flavor', 'flavors', ['flv'])
export const KEY_PAIR = kind('KeyPair', 'keypairs', ['kp'])
export const DESKTOP_TEMPLATE = kind('DesktopTemplate', 'desktoptemplates', ['dt'])
export const DESKTOP = kind('Desktop', 'desktops', ['dsk'])
export const DESKTOP_RESIZE = kind('DesktopResize', 'desktopresizes', ['dr'])
export const PROJECT_QUOTA = kind('ProjectQuota', 'projectquotas', ['pq'])

/** Finalizer of a kind's controller: `vdi.auxo.dev/image`. */
export const finalizerOf = (names: KindNames): string => `${GROUP}/${names.singular}`
