import { createHash, randomBytes } from 'node:crypto'
import { microTime } from './micro-time.ts'
import type { KubeObject, ResourceType } from './resource.ts'

/** What happened to an object. */
export interface RecordedEvent {
  type: 'Normal' | 'Warning'
  /** CamelCase, stable, at most 128 characters: `UploadFinished`. */
  reason: string
  /** What the controller did, CamelCase, at most 128 characters: `Upload`. */
  action: string
  /** For a person; cut after 1,024 bytes. */
  note: string
}

/** events.k8s.io/v1 Event. */
export interface KubeEvent extends KubeObject {
  eventTime: string
  reportingController: string
  reportingInstance: string
  type: string
  reason: string
  action: string
  note: string
  regarding: { apiVersion?: string; kind?: string; namespace?: string; name: string; uid?: string }
  series?: { count: number; lastObservedTime: string }
}

export const eventType: ResourceType<KubeEvent> = {
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
}

/** The Event to be created. Without the uid `kubectl describe` would not find it. */
export function newEvent(
  { apiVersion, kind, metadata }: KubeObject,
  { type, reason, action, note }: RecordedEvent,
  { controller, instance, at }: { controller: string; instance: string; at: number },
): KubeEvent {
  const { namespace, name, uid } = metadata
  return {
    metadata: { name: eventName(name), namespace: namespace ?? 'default' },
    eventTime: microTime(at),
    reportingController: controller,
    reportingInstance: instance.slice(0, 128),
    ...{ type, reason, action },
    note: cutBytes(note, 1024),
    regarding: {
      ...(apiVersion && { apiVersion }),
      ...(kind && { kind }),
      ...(namespace && { namespace }),
      name,
      ...(uid && { uid }),
    },
  }
}

/** The same for events that are the same but for their time. */
export function identity({ metadata }: KubeObject, { type, reason, action, note }: RecordedEvent): string {
  const parts = [metadata.uid ?? `${metadata.namespace}/${metadata.name}`, type, reason, action, note]
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64')
}

/** The convention: the object's name, a dot, hexadecimal digits; a DNS name of at most 253 characters. */
export function eventName(objectName: string): string {
  const suffix = randomBytes(8).toString('hex')
  return `${objectName.slice(0, 252 - suffix.length).replace(/[-.]+$/, '')}.${suffix}`
}

/** The API server counts bytes; the cut falls between characters. */
function cutBytes(text: string, most: number): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= most) return text
  return `${new TextDecoder().decode(bytes.subarray(0, most - 6)).replace(/�+$/, '')}…`
}
