import { Failure } from '../failure/failure.ts'
import { KubeError } from '../kube/errors.ts'

/** The one line that a person reads: what is wrong, where, what to do. Never a stack. */
export function errorLine(error: unknown): string {
  const message =
    error instanceof KubeError ? serversWords(error) : error instanceof Error ? error.message : String(error)
  const advice = error instanceof Failure ? adviceOn(error) : undefined
  return oneLine(advice === undefined ? message : `${message}; ${advice}`)
}

/** The same with stacks and causes, for `--verbose`. */
export function errorDetails(error: unknown): string {
  const parts: string[] = []
  for (let at = error; at !== undefined && parts.length < 10; at = at instanceof Error ? at.cause : undefined) {
    parts.push(at instanceof Error ? (at.stack ?? at.message) : String(at))
  }
  return parts.join('\ncaused by: ')
}

/** Without method and path: the API server names the object itself. `--verbose` shows them. */
function serversWords({ message }: KubeError): string {
  return message.replace(/^Kubernetes refused [A-Z]+ \S+: /, '')
}

function adviceOn(error: Failure): string | undefined {
  if (!(error instanceof KubeError)) return undefined
  if (error.status === 401) return 'log in again, or choose another --context'
  if (error.status === 403) return 'ask an administrator for the role that allows it (`edit` carries what tenants need)'
  if (error.code === 'Unreachable' || error.code === 'Timeout') return 'check --context, KUBECONFIG and the network'
  if (error.status === 404 && error.message.includes('could not find the requested resource')) {
    return 'Auxo is not installed in this cluster (its CRDs are missing)'
  }
  return undefined
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').trim()
}
