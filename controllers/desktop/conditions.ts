import type { Desktop } from '../../api/v1alpha1/objects.ts'
import type { WantedCondition } from '../../pkg/kube/conditions.ts'
import { exactQuantity } from '../../pkg/kube/quantity.ts'
import type { ObservedInCloud, Size } from './observed.ts'
import { pendingSize } from './wanted.ts'

/** Conditions beside readiness; each is there only while it says something. */
export function conditionsOf(desktop: Desktop, observed: ObservedInCloud): WantedCondition[] {
  return [resizing(desktop), resizePending(desktop, observed), gone(desktop, observed)].filter(
    (condition) => condition !== undefined,
  )
}

function resizing({ status }: Desktop): WantedCondition | undefined {
  const operation = status?.activeOperation
  if (operation === undefined) return undefined
  const message = `${operation.kind} "${operation.name}" has the server since ${operation.startTime}`
  return { type: 'Resizing', status: 'True', reason: 'Resizing', message }
}

/** A size that spec asks for and the server does not have: the desktop is ready all the same. */
function resizePending(desktop: Desktop, { server, automatic }: ObservedInCloud): WantedCondition | undefined {
  const wanted = server && pendingSize(desktop, server)
  if (server === undefined || wanted === undefined) return undefined
  const has = sizeText({ cpus: server.flavor.vcpus, memory: server.flavor.ram })
  const message = `spec.resources asks for ${sizeText(wanted)}, the server has ${has}`
  const pending = { type: 'ResizePending', status: 'True' } as const
  if (desktop.spec.resizePolicy !== 'Automatic') {
    return {
      ...pending,
      reason: 'ResizePending',
      message: `${message}; make a DesktopResize, or set resizePolicy: Automatic`,
    }
  }
  const ours = automatic?.generation === desktop.metadata.generation ? automatic : undefined
  if (ours?.outcome === undefined) {
    return {
      ...pending,
      reason: 'ResizeRequested',
      message: `${message}; ${ours?.name ?? 'a DesktopResize'} carries it out`,
    }
  }
  const advice = 'see its conditions; a changed spec makes another'
  return { ...pending, reason: 'ResizeFailed', message: `${message}; ${ours.name} ended ${ours.outcome}: ${advice}` }
}

function gone({ status }: Desktop, { server }: ObservedInCloud): WantedCondition | undefined {
  if (server !== undefined || status?.launchedTime === undefined) return undefined
  return { type: 'Gone', status: 'True', reason: 'ServerGone', message: `server ${status.id} is no longer in Nova` }
}

function sizeText({ cpus, memory }: Size): string {
  return `${cpus} CPUs and ${exactQuantity(memory * 1024 ** 2)}`
}
