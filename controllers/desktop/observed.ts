import type { DesktopReason } from '../../api/v1alpha1/desktop-reasons.ts'
import type { ObservedClosed } from '../../pkg/cloud-objects/closed.ts'
import type { NewFlavor } from '../../pkg/openstack/flavor-service.ts'
import type { NewServer } from '../../pkg/openstack/new-server.ts'
import type { NovaServer } from '../../pkg/openstack/nova-server.ts'
import type { TemplatePin } from '../../pkg/openstack/server-metadata.ts'
import type { VolumesView } from './volumes.ts'

/** CPUs, and memory in MiB. */
export interface Size {
  cpus: number
  memory: number
}

/** What a new server would be made of: everything that spec refers to, resolved. */
export type Blueprint =
  | {
      state: 'Complete'
      server: NewServer
      /** What the server is made from, where that is a template. */
      pin: TemplatePin | undefined
      /** The flavor that this desktop has for itself, and whether Nova has it. */
      flavor: { wanted: NewFlavor; exists: boolean } | undefined
    }
  /** Something that spec refers to is missing, or not ready; whoever makes it ready wakes the object. */
  | { state: 'Blocked'; reason: DesktopReason; message: string }

/** Whether a request for the server that was made before may still arrive. */
export type Launch =
  /** Nobody asked yet, or what came of every request is known. */
  | { state: 'Settled' }
  /** Nova took the request; the server is about to appear in the inventory. */
  | { state: 'Accepted'; id: string; requestID: string | undefined }
  /** The answer is not known (it was lost, or the process died): nothing is certain before so many seconds. */
  | { state: 'Unknown'; seconds: number }
  /** The answer is not known, and no request can arrive any more: the tag tells. */
  | { state: 'Over' }

/** A DesktopResize that the operator made for spec.resources, as far as the desktop needs it. */
export interface AutomaticResize {
  name: string
  generation: number
  outcome: string | undefined
}

/** A volume that a desktop has beside its root disk. */
export interface AppliedVolume {
  /** Name of the entry in spec. */
  name: string
  volumeID: string
}

/** Something in the cloud that keeps a part of spec from being carried out; the rest is carried out all the same. */
export interface Obstacle {
  reason: DesktopReason
  message: string
}

/** What is known when the cloud can be asked. */
export interface ObservedInCloud {
  state: 'Ready'
  projectID: string
  /** Our mark for this object: `<ownerID>/<namespace>/<name>`. */
  mark: string
  /** The time, RFC 3339: goes on record with an attempt to make the server. */
  now: string
  /** Nova refused a change because of the lock that the server has: the credential does not act through it. */
  lockedOut: boolean
  /** The server that this object means, if there is one. */
  server: NovaServer | undefined
  /** SOFT_DELETED counts as gone, but can be restored. */
  softDeleted: boolean
  /** How many servers match `existing.name`; 1 otherwise. */
  matches: number
  /** Name of another Desktop object that holds the same server with a better right. */
  takenBy: string | undefined
  launch: Launch
  /** Gathered only where a server has to be made. */
  blueprint: Blueprint | undefined
  /** Ids of flavors in Nova that bear our mark; gathered only while the object is being deleted. */
  ownFlavors: readonly string[]
  floatingIP: FloatingIPView | undefined
  /** Gathered while the server is there and managed, and volumes are asked for or on record. */
  volumes: VolumesView | undefined
  /** The newest DesktopResize that was made here for spec.resources. */
  automatic: AutomaticResize | undefined
  /** A new value of the refresh annotation, not obeyed yet. */
  refresh: string | undefined
}

/**
 * A floating IP as Neutron has it. Gathered only where there may be something to do: one that the server shows already
 * is not asked for.
 */
export interface FloatingIPView {
  /** The one that spec means, or that bears our mark; undefined where there is none (yet). */
  found: { id: string; address: string; portID: string | undefined; allocated: boolean } | undefined
  /** The port that it should lead to; undefined where the server has no such interface yet. */
  wantedPortID: string | undefined
}

export type Observed = ObservedInCloud | ObservedClosed
