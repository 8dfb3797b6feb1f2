import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { Command, InvalidArgumentError, Option } from 'commander'
import manifest from '../package.json' with { type: 'json' }

/** What the operator is told at its start; each flag has an environment variable `AUXO_<UPPER_SNAKE>`. */
export interface OperatorOptions {
  kubeconfig?: string
  watchNamespaces: string[]
  shards: number
  leaseNamespace: string
  identity: string
  logLevel: string
  metricsAddress: HostPort
  workers: number
  transfers: number
  resyncSeconds: number
  requestTimeoutSeconds: number
  spoolDir?: string
  uploadAddress: HostPort
  uploadUrl?: string
  advertiseUrl?: string
  uploadTlsCert?: string
  uploadTlsKey?: string
  uploadCa?: string
  allowAddresses: string[]
  denyAddresses: string[]
}

export interface HostPort {
  host: string
  port: number
}

/** Reads flags and environment. Prints what is wrong, with the exact flag, and ends the process with 2. */
export function readOptions(argv: readonly string[]): OperatorOptions {
  const command = operatorCommand()
  command.parse([...argv], { from: 'user' })
  return command.opts<OperatorOptions>()
}

/** The command line; `--help` prints it. */
export function operatorCommand(): Command {
  const flag = (name: string, text: string) => {
    const option = new Option(name, text)
    return option.env(`AUXO_${option.name().replaceAll('-', '_').toUpperCase()}`)
  }
  const pod = process.env['POD_NAME'] ?? hostname()
  return new Command('auxo')
    .description('Operator for OpenStack virtual desktops')
    .version(manifest.version)
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
    .addOption(
      flag('--kubeconfig <file>', 'how to reach the API server (default: $KUBECONFIG, then the pod’s account)'),
    )
    .addOption(flag('--watch-namespaces <names>', 'comma separated; all when empty').argParser(list).default([], 'all'))
    .addOption(
      flag('--shards <n>', 'shares into which namespaces fall; replicas divide them').argParser(positive).default(1),
    )
    .addOption(
      flag('--lease-namespace <name>', 'where the Leases are').default(process.env['POD_NAMESPACE'] ?? 'auxo-system'),
    )
    .addOption(flag('--identity <name>', 'name of this replica').default(`${pod}-${randomBytes(4).toString('hex')}`))
    .addOption(
      flag('--log-level <level>', 'how much is logged').choices(['debug', 'info', 'warn', 'error']).default('info'),
    )
    .addOption(
      flag('--metrics-address <host:port>', '/metrics, /healthz, /readyz')
        .argParser(hostPort)
        .default({ host: '0.0.0.0', port: 8080 }, '0.0.0.0:8080'),
    )
    .addOption(
      flag('--workers <n>', 'objects of a kind that are reconciled at the same time').argParser(positive).default(16),
    )
    .addOption(flag('--transfers <n>', 'transfers that move bytes at the same time').argParser(positive).default(8))
    .addOption(
      flag('--resync-seconds <n>', 'between two looks at an object that nothing else woke')
        .argParser(positive)
        .default(600),
    )
    .addOption(
      flag(
        '--request-timeout-seconds <n>',
        'after which a call to a cloud is given up; longer than its slowest answer, or a server may be made twice',
      )
        .argParser(positive)
        .default(120),
    )
    .addOption(
      flag('--spool-dir <directory>', 'keep uploads on a volume until the cloud has them (default: stream through)'),
    )
    .addOption(
      flag('--upload-address <host:port>', 'where uploads are taken')
        .argParser(hostPort)
        .default({ host: '0.0.0.0', port: 8443 }, '0.0.0.0:8443'),
    )
    .addOption(flag('--upload-url <url>', 'where clients reach it (default: the address itself)').argParser(webUrl))
    .addOption(flag('--advertise-url <url>', 'where other replicas reach this one').argParser(webUrl))
    .addOption(flag('--upload-tls-cert <file>', 'certificate of the upload address; required off loopback'))
    .addOption(flag('--upload-tls-key <file>', 'its key'))
    .addOption(flag('--upload-ca <file>', 'certificates that prove it to clients, where they are not public ones'))
    .addOption(
      flag('--allow-addresses <cidrs>', 'networks that URLs may lead to in any case')
        .argParser(list)
        .default([], 'none'),
    )
    .addOption(
      flag('--deny-addresses <cidrs>', 'networks that URLs may not lead to: pods, services')
        .argParser(list)
        .default([], 'none'),
    )
}

function list(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

function positive(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('must be a whole number from 1 on.')
  return value
}

function hostPort(text: string): HostPort {
  const match = /^(.*):([0-9]{1,5})$/.exec(text)
  const port = Number(match?.[2])
  if (match === null || port > 65_535) throw new InvalidArgumentError('must be HOST:PORT.')
  return { host: (match[1] ?? '').replace(/^\[(.*)\]$/, '$1') || '0.0.0.0', port }
}

function webUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') throw new InvalidArgumentError('must be an http(s) URL.')
  return text.replace(/\/+$/, '')
}
