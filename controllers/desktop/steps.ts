import type { DesktopReason } from '../../api/v1alpha1/desktop-reasons.ts'
import type { Rest, Wait } from '../../pkg/cloud-objects/waits.ts'
import type { ReleaseFinalizer, Step } from '../../pkg/kube/kind.ts'
import type { NewFlavor } from '../../pkg/openstack/flavor-service.ts'
import type { NewServer } from '../../pkg/openstack/new-server.ts'
import type { TemplatePin } from '../../pkg/openstack/server-metadata.ts'
import type { AppliedVolume } from './observed.ts'
import type { PowerAction } from './power.ts'

/** Make the flavor that this desktop has for itself; its id derives from the mark and the size. */
export interface MakeFlavor extends Step {
  type: 'MakeFlavor'
  flavor: NewFlavor
}
/** Ask Nova for the server; the attempt is on record before, since a server's id cannot be chosen. */
export interface Launch extends Step {
  type: 'Launch'
  attempt: number
  startTime: string
  server: NewServer
  pin: TemplatePin | undefined
}
/** The answer of an attempt is not known and may still come: look again after so long. */
export interface AwaitAnswer extends Step {
  type: 'AwaitAnswer'
  seconds: number
}
/** Ask Nova itself for a server with our tag, now that no request can arrive any more. */
export interface FindLaunched extends Step {
  type: 'FindLaunched'
}
/** Delete a server that never came up; it is made again after a pause. */
export interface Discard extends Step {
  type: 'Discard'
  id: string
  reason: 'NoValidHost' | 'ServerFailed'
  message: string
}
export interface ChangePower extends Step {
  type: 'ChangePower'
  id: string
  action: PowerAction
}
export interface Lock extends Step {
  type: 'Lock'
  id: string
  reason: string | undefined
}
export interface Unlock extends Step {
  type: 'Unlock'
  id: string
}
export interface Rename extends Step {
  type: 'Rename'
  id: string
  name: string
}
export interface ChangeMetadata extends Step {
  type: 'ChangeMetadata'
  id: string
  set: Record<string, string>
  remove: string[]
}
export interface ChangeSecurityGroups extends Step {
  type: 'ChangeSecurityGroups'
  id: string
  add: string[]
  remove: string[]
}
/** Lead the floating IP to the server; without `id` allocate it first. */
export interface AssociateFloatingIP extends Step {
  type: 'AssociateFloatingIP'
  id: string | undefined
  portID: string
}
/** Lead the floating IP that we associated away, and give it back if it was allocated from here. */
export interface ReleaseFloatingIP extends Step {
  type: 'ReleaseFloatingIP'
  id: string
  giveBack: boolean
}
/** Attach a volume; it is on record before. */
export interface AttachVolume extends Step {
  type: 'AttachVolume'
  id: string
  volume: AppliedVolume
}
/** Detach a volume that is on record as attached from here. */
export interface DetachVolume extends Step {
  type: 'DetachVolume'
  id: string
  volume: AppliedVolume
}
/** Make a DesktopResize for spec.resources (resizePolicy Automatic). */
export interface RequestResize extends Step {
  type: 'RequestResize'
  name: string
}
export interface Delete extends Step {
  type: 'Delete'
  id: string
}
/** Delete flavors in Nova that were made for this desktop. */
export interface DeleteFlavors extends Step {
  type: 'DeleteFlavors'
  ids: readonly string[]
}

/** What changes a server that is there. */
export type ServerChange =
  | ChangePower
  | Lock
  | Unlock
  | Rename
  | ChangeMetadata
  | ChangeSecurityGroups
  | AssociateFloatingIP
  | ReleaseFloatingIP
  | AttachVolume
  | DetachVolume

export type DesktopStep =
  | Wait<DesktopReason>
  | Rest
  | MakeFlavor
  | Launch
  | AwaitAnswer
  | FindLaunched
  | Discard
  | ServerChange
  | RequestResize
  | Delete
  | DeleteFlavors

export type DesktopDecision = DesktopStep | ReleaseFinalizer
