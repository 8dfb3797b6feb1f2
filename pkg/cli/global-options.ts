import { type Command, Option } from 'commander'
import type { Cluster, ClusterOptions } from './cluster.ts'
import type { Environment } from './environment.ts'
import { type Paint, painter } from './terminal.ts'

/** Flags that every command takes. */
export interface GlobalOptions extends ClusterOptions {
  color: boolean
  verbose?: boolean
}

/** The same flags as kubectl's, where they mean the same. */
export function addGlobalOptions(program: Command): void {
  program
    .option('-n, --namespace <name>', 'namespace (default: the context’s)')
    .option('--context <name>', 'context of the kubeconfig')
    .option('--kubeconfig <file>', 'kubeconfig file (default: $KUBECONFIG, ~/.kube/config)')
    .option('--no-color', 'no colours; NO_COLOR=1 and output that is no terminal mean the same')
    .option('--verbose', 'tell errors with their stack and causes')
}

/** `-A` of commands that read. */
export function allNamespacesOption(): Option {
  return new Option('-A, --all-namespaces', 'in all namespaces')
}

/** `-o` of commands that print objects. */
export function outputOption(...formats: string[]): Option {
  return new Option('-o, --output <format>', 'output format').choices(formats)
}

/** Runs `work` with a connection that is closed afterwards. */
export async function withCluster<T>(
  environment: Environment,
  command: Command,
  work: (cluster: Cluster, paint: Paint) => Promise<T>,
): Promise<T> {
  const options = command.optsWithGlobals<GlobalOptions>()
  const paint = painter(environment.stdout, environment.variables, options.color)
  const cluster = await environment.openCluster(options, (text) => environment.stderr.write(`Warning: ${text}\n`))
  try {
    return await work(cluster, paint)
  } finally {
    await cluster.close()
  }
}
