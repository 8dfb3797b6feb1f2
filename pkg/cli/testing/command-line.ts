import { KubeClient } from '../../kube/client.ts'
import { plainConnection } from '../../kube/connection.ts'
import { type Cluster, openCluster } from '../cluster.ts'
import type { ExitCode } from '../exit-code.ts'
import { run } from '../run.ts'

/** What a command line printed and ended with. */
export interface Outcome {
  code: ExitCode
  stdout: string
  stderr: string
}

export interface CommandLineOptions {
  kubeconfig?: string
  /** Address of an API server without authentication, instead of a kubeconfig. */
  server?: string
  variables?: NodeJS.ProcessEnv
  signal?: AbortSignal
  isTTY?: boolean
}

/** Runs `kubectl auxo <argv>` in this process. */
export async function commandLine(argv: readonly string[], options: CommandLineOptions = {}): Promise<Outcome> {
  const { kubeconfig, server, variables = {}, signal = new AbortController().signal, isTTY = false } = options
  const written = { stdout: '', stderr: '' }
  const stream = (name: keyof typeof written) => ({
    isTTY,
    columns: 100,
    write: (text: string) => {
      written[name] += text
    },
  })
  const code = await run({
    argv,
    variables,
    signal,
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    openCluster: async (cluster, warn) =>
      server === undefined
        ? await openCluster({ kubeconfig, ...defined(cluster) }, warn)
        : plainCluster(server, cluster.namespace),
  })
  return { code, ...written }
}

function plainCluster(server: string, namespace = 'default'): Cluster {
  const connection = plainConnection({ server })
  return { client: new KubeClient({ connection }), namespace, close: () => connection.close() }
}

function defined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>
}
