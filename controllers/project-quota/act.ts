import type { ProjectQuota } from '../../api/v1alpha1/objects.ts'
import type { Outcome } from '../../pkg/kube/kind.ts'
import { done } from '../../pkg/kube/outcomes.ts'
import { cloudKeyOf, connectedCloud } from '../../pkg/openstack/cloud-access.ts'
import type { CloudRegistry, ConnectedCloud } from '../../pkg/openstack/cloud-registry.ts'
import { OpenStackError } from '../../pkg/openstack/errors.ts'
import { amountsOf, computeLimits, differing, volumeLimits } from './limits.ts'
import type { HoldEntry } from './observed.ts'
import type { Apply, QuotaStep } from './steps.ts'

/** What acting needs. */
export interface ActTools {
  registry: CloudRegistry
  /** Writes the holds, by compare-and-swap. */
  writeHolds(quota: ProjectQuota, holds: readonly HoldEntry[]): Promise<void>
}

/** Carries out one step. Each effect can be repeated. */
export async function act(
  step: QuotaStep,
  quota: ProjectQuota,
  tools: ActTools,
  signal: AbortSignal,
): Promise<Outcome> {
  switch (step.type) {
    case 'AwaitCloud':
    case 'Stall':
    case 'Rest':
      return { type: 'Settled' }
    case 'Await':
      // Nobody tells when use falls, or a project is made.
      return { type: 'Waiting', afterSeconds: 30 }
    case 'CorrectHolds':
      await tools.writeHolds(quota, step.holds)
      return { type: 'Done' }
    case 'Apply':
      return await apply(step, quota, connectedCloud(tools.registry, cloudKeyOf(quota)), signal)
    case 'Reset': {
      const { computeQuotas, volumeQuotas, session } = connectedCloud(tools.registry, cloudKeyOf(quota))
      await computeQuotas.reset(step.projectID, { signal })
      if (await session.has('block-storage', { signal })) await volumeQuotas.reset(step.projectID, { signal })
      return done('Deleted', 'Reset', 'the project has the cloud’s default quota again')
    }
  }
}

/** A service that keeps its limits elsewhere says yes and changes nothing: only reading them back tells. */
async function apply(
  { projectID, limits }: Apply,
  { spec }: ProjectQuota,
  { computeQuotas, volumeQuotas }: ConnectedCloud,
  signal: AbortSignal,
): Promise<Outcome> {
  const [compute, volumes] = [computeLimits(limits), volumeLimits(limits)]
  const force = spec.force === true
  if (Object.keys(compute).length > 0) await computeQuotas.update(projectID, compute, { force, signal })
  if (Object.keys(volumes).length > 0) await volumeQuotas.update(projectID, volumes, { signal })
  const there = amountsOf(
    Object.keys(compute).length > 0 ? await computeQuotas.get(projectID, { signal }) : {},
    Object.keys(volumes).length > 0 ? await volumeQuotas.get(projectID, { signal }) : {},
    'limit',
  )
  const kept = Object.keys(differing(limits, there))
  if (kept.length === 0) return done('Applied', 'Apply', 'set the limits of the project')
  const message = `the cloud took the limits and has others for ${kept.join(', ')}: they are kept elsewhere (unified limits in Keystone), or someone else sets them`
  throw new OpenStackError(message, { class: 'Refused', code: 'LimitsManagedElsewhere' })
}
