import type { Cluster } from './cluster.ts'
import { CliError, EXIT } from './exit-code.ts'
import { clouds } from './kinds.ts'

/** The Cloud to use: the one that was said (it must be there), else the only one of the namespace. */
export async function chooseCloud(
  { client, namespace }: Cluster,
  said: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  if (said !== undefined) {
    const cloud = await client.get(clouds, { namespace, name: said }, { signal })
    if (cloud !== undefined) return said
    throw new CliError(`there is no Cloud ${said} in namespace ${namespace} (kubectl get clouds)`, EXIT.notFound)
  }
  const { items } = await client.list(clouds, { namespace, signal })
  const [only, ...others] = items.map(({ metadata }) => metadata.name)
  if (only === undefined) {
    throw new CliError(`there is no Cloud in namespace ${namespace}; make one, or say --namespace`, EXIT.notFound)
  }
  if (others.length === 0) return only
  throw new CliError(
    `namespace ${namespace} has several Clouds (${[only, ...others].join(', ')}); say --cloud`,
    EXIT.usage,
  )
}
