import type { CloudReason } from '../../api/v1alpha1/cloud.ts'
import type { Cloud } from '../../api/v1alpha1/objects.ts'
import type { Failure, FailureClass } from '../../pkg/failure/failure.ts'
import type { Readiness } from '../../pkg/kube/conditions.ts'
import type { Outcome, ReleaseFinalizer, Report, StatusFields } from '../../pkg/kube/kind.ts'
import { statusFieldsOf } from '../../pkg/kube/status-fields.ts'
import type { ObservedCloud } from './observed.ts'
import type { CloudStep } from './plan.ts'

type Fields = StatusFields<Cloud>

/** Status and readiness of a Cloud after a step. Pure. */
export function report(
  cloud: Cloud,
  { connection, refresh, refreshDue }: ObservedCloud,
  step: CloudStep | ReleaseFinalizer,
  outcome: Outcome,
): Report<Cloud> {
  return {
    readiness: readinessOf(cloud, step, outcome),
    status: {
      ...statusFieldsOf(cloud),
      ...(connection ? facts(connection) : {}),
      ...(refresh === undefined || refreshDue ? {} : { refreshed: refresh }),
    },
  }
}

export function reportUnobserved(cloud: Cloud, failure: Failure): Report<Cloud> {
  return { readiness: failed(cloud, failure), status: statusFieldsOf(cloud) }
}

function readinessOf(cloud: Cloud, step: CloudStep | ReleaseFinalizer, outcome: Outcome): Readiness {
  if (outcome.type === 'Failed') return failed(cloud, outcome.failure)
  switch (step.type) {
    case 'Rest':
    case 'ReadFacts':
      return { state: 'Ready', reason: 'Connected', message: 'the cloud answers and the credential is valid' }
    case 'AwaitHealth':
      return failed(cloud, step.failure)
    case 'Await':
      return { state: 'Reconciling', reason: step.reason, message: step.message }
    case 'Stall':
      return { state: 'Stalled', reason: step.reason, message: step.message }
    default:
      return { state: 'Reconciling', reason: 'Connecting', message: 'connecting to the cloud' }
  }
}

const reasons: Partial<Record<FailureClass, CloudReason>> = {
  Auth: 'CredentialsRejected',
  InvalidSpec: 'CredentialsInvalid',
}

/** Only what a changed spec or Secret can heal is stalled; a refused credential may be accepted again. */
function failed({ spec }: Cloud, failure: Failure): Readiness {
  const refused = failure.code === 'AddressRefused'
  const reason = refused ? 'AddressRefused' : (reasons[failure.class] ?? 'CloudUnavailable')
  const state = failure.class === 'InvalidSpec' ? 'Stalled' : 'Reconciling'
  const where = !refused && failure.class in reasons ? `Secret "${spec.credentials.secretRef.name}": ` : ''
  const advice = failure.class === 'Auth' ? `; correct cloud "${spec.credentials.cloudName}" in clouds.yaml` : ''
  return { state, reason, message: `${where}${failure.message}${advice}` }
}

function facts({ identity, facts: known, images, desktops }: NonNullable<ObservedCloud['connection']>): Fields {
  return {
    project: { id: identity.project.id, name: identity.project.name },
    user: identity.user.name,
    credentialsExpiryTime: identity.credentialExpiresAt,
    ...(images === undefined ? {} : { images: { total: images } }),
    ...(desktops === undefined ? {} : { desktops: { total: desktops } }),
    ...(known === undefined
      ? {}
      : {
          services: known.services.map(({ type, url, version, microversions }) => ({
            type,
            url,
            version,
            minMicroversion: microversions?.min,
            maxMicroversion: microversions?.max,
          })),
          absoluteLimits: known.limits.absolute.map(({ service, name, limit, used }) => ({
            service,
            name,
            limit,
            used,
          })),
          rateLimits: known.limits.rate.map(({ service, verb, path, limit, unit }) => ({
            service,
            verb,
            path,
            limit,
            unit,
          })),
        }),
  }
}
