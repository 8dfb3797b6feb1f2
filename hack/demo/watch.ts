import type { KindNames } from '../../api/v1alpha1/names.ts'
import { KubeClient } from '../../pkg/kube/client.ts'
import { loadConnection } from '../../pkg/kube/connection.ts'
import { Informer } from '../../pkg/kube/informer.ts'
import type { Condition, KubeObject, ResourceType } from '../../pkg/kube/resource.ts'

interface Watched extends KubeObject {
  spec: { source?: { type: string } }
  status?: { conditions?: Condition[] }
}

const NAMESPACE = 'desktops'

/** Prints each change of `Ready` of these kinds in the samples' namespace until all that can be ready is. */
export async function watchUntilReady(
  kubeconfig: string,
  kinds: readonly KindNames[],
  signal: AbortSignal,
): Promise<void> {
  const connection = await loadConnection({ kubeconfig })
  const client = new KubeClient({ connection })
  const end = new AbortController()
  const begun = performance.now()
  const done = Promise.withResolvers<void>()
  const informers = kinds.map(
    (type) => new Informer<Watched>({ client, type: type as ResourceType<Watched>, namespaces: [NAMESPACE] }),
  )
  const told = new Map<string, string>()
  for (const informer of informers) {
    informer.subscribe(({ object }) => {
      const ready = readyOf(object)
      const name = `${informer.type.kind}/${object.metadata.name}`
      const line = `${ready?.reason ?? 'new'}: ${ready?.message ?? ''}`
      if (ready === undefined || told.get(name) === line) return
      told.set(name, line)
      const seconds = ((performance.now() - begun) / 1000).toFixed(1).padStart(5)
      console.log(`${seconds} s  ${ready.status === 'True' ? '✓' : '…'} ${name.padEnd(28)} ${line}`)
      if (informers.every((each) => each.size > 0 && each.list().every(isSettled))) done.resolve()
    })
  }
  const running = informers.map((informer) => informer.run(AbortSignal.any([signal, end.signal])))
  const late = setTimeout(() => done.reject(new Error('not everything is ready after two minutes; see above')), 120_000)
  signal.addEventListener('abort', () => done.reject(signal.reason), { once: true })
  try {
    await done.promise
  } finally {
    clearTimeout(late)
    end.abort()
    await Promise.all(running)
    await connection.close()
  }
}

const readyOf = ({ status }: Watched) => status?.conditions?.find(({ type }) => type === 'Ready')

/** Ready, or waiting for what the user of the demo will do: an upload. */
function isSettled(object: Watched): boolean {
  const ready = readyOf(object)
  return ready?.status === 'True' || ready?.reason === 'AwaitingUpload' || ready?.reason === 'ImageNotFound'
}
