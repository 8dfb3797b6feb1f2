import type { ImageReason } from '../../api/v1alpha1/image.ts'
import type { Image } from '../../api/v1alpha1/objects.ts'
import { reportClosed } from '../../pkg/cloud-objects/closed.ts'
import { readinessOfFailure } from '../../pkg/cloud-objects/failures.ts'
import { effectivePolicy } from '../../pkg/cloud-objects/policy.ts'
import { readinessOfWait } from '../../pkg/cloud-objects/waits.ts'
import type { Failure } from '../../pkg/failure/failure.ts'
import type { Readiness, WantedCondition } from '../../pkg/kube/conditions.ts'
import type { Outcome, Report, StatusFields } from '../../pkg/kube/kind.ts'
import { quantity } from '../../pkg/kube/quantity.ts'
import { statusFieldsOf } from '../../pkg/kube/status-fields.ts'
import type { GlanceImage } from '../../pkg/openstack/glance-image.ts'
import type { TransferState } from '../../pkg/transfer/transfer.ts'
import { effectiveEnablement } from './enablement.ts'
import { reasonOf } from './failure-reason.ts'
import { importingMessage } from './import-method.ts'
import type { Observed, ObservedInCloud } from './observed.ts'
import type { ImageDecision } from './steps.ts'

type Fields = StatusFields<Image>

/** Status, readiness and conditions of an Image after a step. Pure. */
export function report(
  image: Image,
  observed: Observed,
  step: ImageDecision,
  outcome: Outcome,
): Report<Image> | undefined {
  const readiness = readinessOf(image, observed, step, outcome)
  if (observed.state === 'Closed') return reportClosed(observed, readiness, before(image))
  return {
    readiness,
    conditions: conditionsOf(image, observed),
    status: { ...before(image), ...facts(image, observed, step), ...progressOf(observed) },
  }
}

/** The cloud could not be asked, or a Secret could not be read: what was known stays. */
export function reportUnobserved(image: Image, failure: Failure): Report<Image> {
  return { readiness: failed(failure), status: before(image) }
}

function readinessOf(image: Image, observed: Observed, step: ImageDecision, outcome: Outcome): Readiness {
  if (outcome.type === 'Failed') return failed(outcome.failure)
  switch (step.type) {
    case 'Rest':
      return { state: 'Ready', reason: 'Available', message: 'the image is active in Glance and as it is wanted' }
    case 'AwaitCloud':
    case 'Await':
    case 'Stall':
      return readinessOfWait(step)
    case 'Discard':
      return working(step.reason, step.message)
    case 'StartTransfer':
    case 'AwaitTransfer':
      return transferring(image, observed)
    case 'StartImport':
      return working('Importing', importingMessage(image))
    case 'Update':
      return working('Updating', 'the image is being changed in Glance')
    case 'Create':
      return working('Creating', 'the image is being made in Glance')
    default:
      return working('Deleting', 'the image is being deleted in Glance')
  }
}

function transferring(image: Image, observed: Observed): Readiness {
  const transfer = observed.state === 'Ready' ? observed.transfer : undefined
  if (image.spec.source.type === 'Upload' && (transfer?.bytes ?? 0) === 0) {
    if (observed.state === 'Ready' && observed.upload === undefined) {
      const message = 'this operator takes no uploads: it has no certificate (--upload-tls-cert, --upload-tls-key)'
      return working('AwaitingUpload', message)
    }
    const command = `kubectl auxo image upload FILE --name ${image.metadata.name} -n ${image.metadata.namespace}`
    return working('AwaitingUpload', transfer?.note ?? `waiting for the bytes; send them with: ${command}`)
  }
  if (transfer?.state === 'Queued') return working('Transferring', 'waiting for a free place among the transfers')
  return working('Transferring', transfer?.note ?? 'bytes are on their way into Glance')
}

const working = (reason: ImageReason, message: string): Readiness => ({ state: 'Reconciling', reason, message })

function failed(failure: Failure): Readiness {
  const reason = reasonOf(failure)
  const advice = reason === 'FormatMismatch' ? '; correct the file, or make a new Image with the right diskFormat' : ''
  return readinessOfFailure(failure, reason, `${failure.message}${advice}`)
}

/** `Gone` and `Deactivated` are there only while they are true. */
function conditionsOf(image: Image, { image: found }: ObservedInCloud): WantedCondition[] {
  const conditions: WantedCondition[] = []
  if (found === undefined && image.status?.id !== undefined && !effectivePolicy(image).creates) {
    const message = `image ${image.status.id} no longer exists in Glance`
    conditions.push({ type: 'Gone', status: 'True', reason: 'ImageGone', message })
  }
  if (found?.status === 'deactivated') {
    const message = 'an administrator deactivated the image in Glance; nobody can boot from it'
    conditions.push({ type: 'Deactivated', status: 'True', reason: 'ImageDeactivated', message })
  }
  return conditions
}

/** Status without what is only there for a while. */
function before(image: Image): Fields {
  const { progress: _, upload: __, ...fields } = statusFieldsOf(image)
  return fields
}

function facts(image: Image, observed: ObservedInCloud, step: ImageDecision): Fields {
  const { image: found, initialEnablement, refresh } = observed
  return {
    origin: effectivePolicy(image).creates ? 'Created' : 'Synchronized',
    enablement: effectiveEnablement(image, initialEnablement),
    ...(found === undefined ? {} : inGlance(found)),
    ...(step.type === 'Rest' ? applied(image) : {}),
    ...(refresh === undefined ? {} : { refreshed: refresh }),
  }
}

/** Once everything is as it is wanted, only what spec names now is ours. */
function applied(image: Image): Fields {
  const { manages } = effectivePolicy(image)
  const keys = manages ? sorted(Object.keys(image.spec.properties ?? {})) : []
  const tags = manages ? sorted(image.spec.tags ?? []) : []
  return {
    appliedProperties: keys.length > 0 ? keys : undefined,
    appliedTags: tags.length > 0 ? tags : undefined,
  }
}

const sorted = (names: readonly string[]): string[] => names.toSorted((a, b) => a.localeCompare(b))

function inGlance(found: GlanceImage): Fields {
  return {
    id: found.id,
    name: found.name,
    state: found.status,
    diskFormat: found.disk_format,
    containerFormat: found.container_format,
    size: found.size === undefined ? undefined : quantity(found.size),
    sizeBytes: found.size,
    virtualSizeBytes: found.virtual_size,
    checksum: found.checksum,
    hashAlgorithm: found.os_hash_algo,
    hashValue: found.os_hash_value,
    owner: found.owner,
    visibility: found.visibility,
    protection: found.protected ? 'Protected' : 'Unprotected',
    createdTime: found.created_at,
    updatedTime: found.updated_at,
  }
}

function progressOf({ image: found, transfer, upload }: ObservedInCloud): Fields {
  if (found?.status === 'active' || transfer === undefined || transfer.state === 'Failed') return {}
  const fields: Fields = upload === undefined ? {} : { upload: { url: upload.url, caBundle: upload.caBundle } }
  if (transfer.bytes === 0) return fields
  return { ...fields, progress: progress(transfer) }
}

function progress({ bytes, total, bytesPerSecond, secondsLeft }: TransferState): NonNullable<Fields['progress']> {
  return {
    bytes,
    totalBytes: total,
    percent: total === undefined || total === 0 ? undefined : Math.floor((100 * bytes) / total),
    bytesPerSecond: Math.round(bytesPerSecond),
    secondsLeft: secondsLeft === undefined ? undefined : Math.ceil(secondsLeft),
  }
}
