import type { ObservedClosed } from '../../pkg/cloud-objects/closed.ts'
import type { Failure } from '../../pkg/failure/failure.ts'
import type { GlanceImage } from '../../pkg/openstack/glance-image.ts'
import type { TransferState } from '../../pkg/transfer/transfer.ts'

/** What is known when the cloud can be asked. */
export interface ObservedInCloud {
  state: 'Ready'
  /** Id of the project that the Cloud is connected to. */
  projectID: string
  /** Our mark for this object: `<ownerID>/<namespace>/<name>`. */
  mark: string
  /** What the Cloud says for synchronised images whose spec says nothing. */
  initialEnablement: 'Enabled' | 'Disabled'
  /** The Glance image that this object means, if there is one. */
  image: GlanceImage | undefined
  /** How many images match `existing.name`; 1 otherwise. */
  matches: number
  /** Name of another Image object that holds the same Glance image with a better right. */
  takenBy: string | undefined
  /** The id that the next attempt would use is used up: Glance keeps ids of deleted images taken. */
  idUsedUp: boolean
  /** This process saw that Glance itself has no image with the recorded id (404), after the deletion began. */
  absenceProven: boolean
  /** Bytes on their way, or the outcome of the last transfer in this process. */
  transfer: TransferState | undefined
  /** A client sends the bytes again after they were refused. */
  begunAnew: boolean
  /** Where a client may send bytes. */
  upload: { url: string; caBundle?: string | undefined } | undefined
  /** What Glance said of its own download that failed. */
  importFailure: Failure | undefined
  /** Glance was told to download and has not said how it went. */
  importRunning: boolean
  /** Algorithm of Glance's `os_hash_value`, where an image of the cloud shows it and Glance shall download by itself. */
  hashAlgorithm: string | undefined
  /** Names of the objects that need the image: templates, desktops. */
  usedBy: readonly string[]
  /** The image has been `saving` or `importing` for so long without our doing that nobody can be at it any more. */
  abandoned: boolean
  /** A new value of the refresh annotation, not obeyed yet. */
  refresh: string | undefined
}

export type Observed = ObservedInCloud | ObservedClosed
