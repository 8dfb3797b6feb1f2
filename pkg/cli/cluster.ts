import manifest from '../../package.json' with { type: 'json' }
import { KubeClient } from '../kube/client.ts'
import { loadConnection } from '../kube/connection.ts'

/** Which cluster, as kubectl's flags say it. */
export interface ClusterOptions {
  kubeconfig?: string | undefined
  context?: string | undefined
  namespace?: string | undefined
}

/** The API server that a command talks to. */
export interface Cluster {
  readonly client: KubeClient
  /** From `--namespace`, else the context's, else `default`. */
  readonly namespace: string
  close(): Promise<void>
}

/** Connects as kubectl would. `warn` gets the API server's warnings. */
export async function openCluster(options: ClusterOptions, warn: (text: string) => void): Promise<Cluster> {
  const { kubeconfig, context } = options
  const connection = await loadConnection({ kubeconfig, context })
  const client = new KubeClient({ connection, userAgent: `kubectl-auxo/${manifest.version}`, onWarning: warn })
  return { client, namespace: options.namespace ?? connection.namespace ?? 'default', close: () => connection.close() }
}
