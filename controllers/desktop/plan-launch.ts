import type { Desktop } from '../../api/v1alpha1/objects.ts'
import type { ObservedInCloud } from './observed.ts'
import { gone, stall, wait } from './plan.ts'
import type { DesktopStep } from './steps.ts'

/** The next step on the way to a server that is not there. Pure. */
export function planLaunch(desktop: Desktop, observed: ObservedInCloud): DesktopStep {
  const { status } = desktop
  const elsewhere = otherProject(desktop, observed)
  if (elsewhere !== undefined) return elsewhere
  const { launch, blueprint, refresh } = observed
  if (observed.softDeleted) return gone(status?.id, observed)
  if (launch.state === 'Accepted') return wait('Building', 'Nova has taken the request and builds the server', true)
  if (launch.state === 'Unknown') return { type: 'AwaitAnswer', seconds: launch.seconds }
  if (launch.state === 'Over') return { type: 'FindLaunched' }
  // It was up once, so it held somebody's work: whether another one shall take its place is for a person to say.
  if (status?.launchedTime !== undefined && refresh === undefined) return gone(status.id, observed)
  if (blueprint === undefined) return wait('Pending', 'what the server is made of is being looked up')
  if (blueprint.state === 'Blocked') return wait(blueprint.reason, blueprint.message)
  const { server, pin, flavor } = blueprint
  if (flavor !== undefined && !flavor.exists) return { type: 'MakeFlavor', flavor: flavor.wanted }
  const attempt = (status?.creation?.attempt ?? 0) + 1
  return { type: 'Launch', attempt, startTime: observed.now, server, pin }
}

/**
 * The server was made in another project than the Cloud is connected to now. That it is not to be seen from here proves
 * nothing: it is neither made again nor taken for deleted.
 */
export function otherProject({ status }: Desktop, { projectID }: ObservedInCloud): DesktopStep | undefined {
  if (status?.projectID === undefined || status.projectID === projectID) return undefined
  const message = `the server is in project ${status.projectID}, but the Cloud is connected to ${projectID}; connect it to the former project, or make a new Desktop`
  return stall('ProjectChanged', message)
}
