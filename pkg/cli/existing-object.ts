import type { KubeObject, ResourceType } from '../kube/resource.ts'
import type { Cluster } from './cluster.ts'
import { CliError, EXIT } from './exit-code.ts'

/** A kind in running text: `image`. */
export function nounOf({ kind }: ResourceType): string {
  return kind.toLowerCase()
}

/** The object that a command line names, in the namespace of the command. Throws where it is not there. */
export async function existingObject<O extends KubeObject>(
  { client, namespace }: Cluster,
  type: ResourceType<O>,
  name: string,
  signal: AbortSignal,
): Promise<O> {
  const found = await client.get(type, { namespace, name }, { signal })
  if (found !== undefined) return found
  throw new CliError(`there is no ${nounOf(type)} ${name} in namespace ${namespace}`, EXIT.notFound)
}
