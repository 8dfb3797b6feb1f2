import type { Command } from 'commander'
import { dump } from 'js-yaml'
import { GROUP } from '../../../api/v1alpha1/names.ts'
import manifest from '../../../package.json' with { type: 'json' }
import { isNotFound } from '../../kube/errors.ts'
import type { Cluster } from '../cluster.ts'
import type { Environment } from '../environment.ts'
import { outputOption, withCluster } from '../global-options.ts'

interface VersionOptions {
  client?: boolean
  output?: 'json' | 'yaml'
}

interface Versions {
  client: string
  node: string
  kubernetes?: string
  /** Versions of our API that the cluster serves; empty where Auxo is not installed. */
  apis?: string[]
}

export function addVersion(program: Command, environment: Environment): void {
  program
    .command('version')
    .summary('print the versions of this program and of the cluster')
    .description('Print the versions of this program, of Kubernetes and of the Auxo API that the cluster serves.')
    .option('--client', 'this program only; asks no cluster')
    .addOption(outputOption('json', 'yaml'))
    .addHelpText('after', '\nExamples:\n  kubectl auxo version\n  kubectl auxo version --client -o json')
    .action(async (options: VersionOptions, command: Command) => {
      const own: Versions = { client: manifest.version, node: process.versions.node }
      const versions = options.client
        ? own
        : await withCluster(environment, command, async (cluster) => ({
            ...own,
            ...(await clusterVersions(cluster, environment.signal)),
          }))
      environment.stdout.write(print(versions, options.output))
    })
}

async function clusterVersions({ client }: Cluster, signal: AbortSignal): Promise<Partial<Versions>> {
  const { gitVersion } = await client.request<{ gitVersion: string }>({ method: 'GET', path: '/version', signal })
  try {
    const path = `/apis/${GROUP}`
    const group = await client.request<{ versions: { groupVersion: string }[] }>({ method: 'GET', path, signal })
    return { kubernetes: gitVersion, apis: group.versions.map(({ groupVersion }) => groupVersion) }
  } catch (error) {
    if (isNotFound(error)) return { kubernetes: gitVersion, apis: [] }
    throw error
  }
}

function print(versions: Versions, format: 'json' | 'yaml' | undefined): string {
  if (format === 'json') return `${JSON.stringify(versions, null, 4)}\n`
  if (format === 'yaml') return dump(versions)
  const { client, node, kubernetes, apis } = versions
  const lines = [`kubectl-auxo: ${client} (Node.js ${node})`]
  if (kubernetes !== undefined) lines.push(`Kubernetes:   ${kubernetes}`)
  if (apis !== undefined) lines.push(`Auxo API:     ${apis.join(', ') || 'not installed'}`)
  return `${lines.join('\n')}\n`
}
