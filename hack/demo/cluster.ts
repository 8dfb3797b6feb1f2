import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startKube } from '../lab/kube/kube.ts'

/** The Kubernetes API that the demo uses. */
export interface DemoCluster {
  kubeconfig: string
  /** Path or name of kubectl. */
  kubectl: string
  /** What was started for the demo, undone. */
  stop(): Promise<void>
}

/** One's own cluster, of $KUBECONFIG or ~/.kube/config. Only CRDs and samples are put there; they stay. */
export function existingCluster(): DemoCluster {
  const kubeconfig = process.env['KUBECONFIG'] ?? join(process.env['HOME'] ?? '', '.kube', 'config')
  return { kubeconfig, kubectl: 'kubectl', stop: async () => undefined }
}

/** A kind cluster, for machines where Docker runs. */
export function kindCluster(): DemoCluster {
  const kubeconfig = join(mkdtempSync(join(tmpdir(), 'auxo-kind-')), 'kubeconfig')
  const kind = (...args: string[]) => {
    const { status, error } = spawnSync('kind', args, { stdio: 'inherit' })
    if (error || status !== 0)
      throw new Error(`kind ${args.join(' ')} failed; kind and Docker must be installed and running`)
  }
  const config = join(import.meta.dirname, '../kind/cluster.yaml')
  kind('create', 'cluster', '--name', 'auxo-demo', '--config', config, '--kubeconfig', kubeconfig, '--wait', '120s')
  return { kubeconfig, kubectl: 'kubectl', stop: async () => kind('delete', 'cluster', '--name', 'auxo-demo') }
}

/** A real API server on this machine, built from Go modules at the first time. */
export async function localCluster(signal: AbortSignal): Promise<DemoCluster> {
  const kube = await startKube({ signal })
  return { kubeconfig: kube.kubeconfig, kubectl: kube.kubectl, stop: () => kube.stop() }
}
