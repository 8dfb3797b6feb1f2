import { finish } from './admission.ts'
import { deleteFlavor } from './flavor.ts'
import { interruption } from './interruption.ts'
import { restoreLock } from './lock.ts'
import { restorePower } from './power.ts'
import type { Situation } from './situation.ts'
import type { Finish, ResizeStep } from './steps.ts'

/** Steps 7 to 10: what is no longer needed goes, power and lock are as before, and the outcome is told. */
export function end(situation: Situation): ResizeStep {
  return (
    giveBack(situation) ??
    restorePower(situation) ??
    restoreLock(situation) ??
    conclude(situation) ??
    outcomeOf(situation)
  )
}

/** After a failure the new flavor goes first, after success the old one last: as RSZ-1 has it. */
function giveBack(situation: Situation): ResizeStep | undefined {
  return situation.course === 'Resized'
    ? (releaseHold(situation) ?? deleteFlavor(situation))
    : (deleteFlavor(situation) ?? releaseHold(situation))
}

/**
 * How it ended goes into the server's metadata, where a cluster that is built again from Git finds it. Last of all: up
 * to here whoever comes without status finds work that is to be gone on with.
 */
function conclude({ server, course }: Situation): ResizeStep | undefined {
  // Nova keeps metadata closed in other states; what is left there then ends with the next resize.
  const open = server !== undefined && ['ACTIVE', 'SHUTOFF', 'PAUSED', 'SUSPENDED'].includes(server.status)
  return open && server.trace !== undefined ? { type: 'Conclude', succeeded: course === 'Resized' } : undefined
}

function releaseHold({ observed: { quota } }: Situation): ResizeStep | undefined {
  const held = quota.type === 'Managed' ? quota.hold !== undefined : quota.taken
  return held ? { type: 'ReleaseHold' } : undefined
}

function outcomeOf(situation: Situation): Finish {
  const { course, observed, resize, server, ledger } = situation
  const { evidence } = observed
  const cause = interruption(situation)
  switch (course) {
    case 'Resized':
      return finish('Succeeded', 'Succeeded', `the server has the new size; ${powerNow(situation)}`)
    case 'Gone':
      return finish('Failed', 'ServerGone', 'the server was deleted while it was resized')
    case 'Broken': {
      const command = `openstack server set --state active ${resize.status?.serverID}`
      const message = `${cause?.message ?? server?.fault}; a hard reboot did not help; look at its compute host, then: ${command}`
      return finish('Failed', 'RecoveryRequired', message)
    }
    case 'Failed':
      if (resize.status?.failure !== undefined && cause !== undefined)
        return finish('Failed', cause.reason, `${cause.message}${allocationLeft(situation)}`)
      return failedInNova(situation)
    default:
      if (cause !== undefined) return finish(cause.outcome, cause.reason, cause.message)
      return finish(
        'Failed',
        'ResizeFailed',
        `it ended at ${ledger.of('Resize')}: ${evidence.cause ?? 'no cause known'}`,
      )
  }
}

/** After a failure on the target Placement keeps counting the new size there. Quotas and server are right all the same. */
function allocationLeft({ preImage, server, resize }: Situation): string {
  if (preImage?.host === undefined || server?.host === undefined || server.host === preImage.host) return ''
  const command = `nova-manage placement heal_allocations --force --instance ${resize.status?.serverID}`
  return `; Placement may still count the new size on ${server.host}, to heal it: ${command}`
}

function powerNow({ preImage, server }: Situation): string {
  const off = preImage?.powerState === 'Running' && server?.status === 'SHUTOFF'
  return off ? 'it could not be started again: start it' : 'power and lock are as before'
}

/** Nova took the resize, and the server has its old size again. */
function failedInNova(situation: Situation): Finish {
  const { observed, resize, ledger } = situation
  const { migration, cause = 'Nova does not say why' } = observed.evidence
  if (migration?.status !== 'reverted') {
    const noHost = /no valid host/i.test(cause)
    return finish('Failed', noHost ? 'NoValidHost' : 'ResizeFailed', `Nova could not resize the server: ${cause}`)
  }
  if (!ledger.sent('Revert')) {
    return finish('Reverted', 'RevertedElsewhere', 'someone else reverted the resize; the server has its old size')
  }
  return resize.spec.decision === 'Revert'
    ? finish('Reverted', 'RevertedByDecision', 'spec.decision was Revert; the server has its old size')
    : finish('Cancelled', 'CancelledByUser', 'it was cancelled; the server has its old size')
}
