import type { Cluster, ClusterOptions } from './cluster.ts'
import type { OutputStream } from './terminal.ts'

/** What a command sees of the outside: real in main.ts, made up in tests. */
export interface Environment {
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  readonly variables: NodeJS.ProcessEnv
  /** What came after `kubectl auxo`. */
  readonly argv: readonly string[]
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
  openCluster(options: ClusterOptions, warn: (text: string) => void): Promise<Cluster>
}
