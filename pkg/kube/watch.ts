import { type KubeStatus, kubeError } from './errors.ts'
import { lines } from './lines.ts'
import type { KubeObject } from './resource.ts'
import type { Transport } from './transport.ts'

export interface WatchOptions {
  /** One namespace; all of them when left out. */
  namespace?: string | undefined
  labelSelector?: string | undefined
  fieldSelector?: string | undefined
  /** Changes after this version. Left out with `sendInitialEvents`: everything that is there, then the changes. */
  resourceVersion?: string | undefined
  /** WatchList (Kubernetes 1.32, on by default since 1.34): ADDED events for what is there, then a marked BOOKMARK. */
  sendInitialEvents?: boolean
  /** The API server ends the stream politely after this long. */
  timeoutSeconds?: number
  /** The stream ends with an error when no byte came for this long. Bookmarks come every minute. */
  silenceSeconds?: number
  signal?: AbortSignal
  /** The API server has accepted; changes may be long in coming. */
  onOpen?: () => void
}

/** A change, as the API server tells it. A BOOKMARK's object has nothing but a resourceVersion (and annotations). */
export interface WatchEvent<O extends KubeObject> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  object: O
}

/** True for the bookmark after which the initial events of a WatchList are complete. */
export function endsInitialEvents({ type, object }: WatchEvent<KubeObject>): boolean {
  return type === 'BOOKMARK' && object.metadata.annotations?.['k8s.io/initial-events-end'] === 'true'
}

/**
 * One watch stream as events, until the API server or the network ends it. Errors inside the stream (410 comes so,
 * in a 200 answer) are thrown as `KubeError`.
 */
export async function* watchEvents<O extends KubeObject>(
  transport: Transport,
  path: string,
  options: WatchOptions,
): AsyncGenerator<WatchEvent<O>> {
  const { signal, sendInitialEvents, labelSelector, fieldSelector, resourceVersion, timeoutSeconds } = options
  const query = {
    watch: true,
    allowWatchBookmarks: true,
    ...(sendInitialEvents ? { sendInitialEvents, resourceVersionMatch: 'NotOlderThan' } : {}),
    labelSelector,
    fieldSelector,
    resourceVersion,
    timeoutSeconds,
  }
  const call = { method: 'GET' as const, path, query, signal }
  const stream = await transport.stream(call, (options.silenceSeconds ?? 90) * 1000)
  options.onOpen?.()
  for await (const line of lines(stream)) {
    const event = JSON.parse(line) as WatchEvent<O> | { type: 'ERROR'; object: KubeStatus }
    if (event.type === 'ERROR') throw kubeError(call, event.object.code ?? 500, event.object)
    yield event
  }
}
