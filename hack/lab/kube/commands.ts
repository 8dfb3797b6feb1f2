import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Certificate } from '../certificates.ts'
import type { Command } from '../processes.ts'
import type { KubernetesBinaries } from './build.ts'

/** Where the parts of one cluster listen, all on 127.0.0.1. */
export interface KubePorts {
  api: number
  etcd: number
  etcdPeer: number
}

/** What the commands below are made from. */
export interface ClusterFiles {
  binaries: KubernetesBinaries
  directory: string
  ports: KubePorts
  caFile: string
  tokensFile: string
  serving: Certificate
  signing: { privateKey: string; publicKey: string }
}

/** The audit log holds the requests that write, which is what tests ask it about. */
const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata', verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'] }, { level: 'None' }],
}

/** The controllers that an API without nodes needs. Short names are refused, and the process ends. */
const CONTROLLERS = [
  'serviceaccount-controller',
  'serviceaccount-token-controller',
  'root-ca-certificate-publisher-controller',
  'namespace-controller',
  'garbage-collector-controller',
  'validatingadmissionpolicy-status-controller',
  'clusterrole-aggregation-controller',
]

export function etcdCommand({ binaries, directory, ports }: ClusterFiles): Command {
  const client = `http://127.0.0.1:${ports.etcd}`
  const peer = `http://127.0.0.1:${ports.etcdPeer}`
  return {
    name: 'etcd',
    file: binaries.etcd,
    args: [
      ...[`--data-dir=${join(directory, 'etcd')}`, '--unsafe-no-fsync', '--log-level=warn'],
      ...[`--listen-client-urls=${client}`, `--advertise-client-urls=${client}`],
      ...[`--listen-peer-urls=${peer}`, `--initial-advertise-peer-urls=${peer}`, `--initial-cluster=default=${peer}`],
    ],
  }
}

export function apiServerCommand(files: ClusterFiles, auditLog: string): Command {
  const auditPolicy = join(files.directory, 'audit-policy.json')
  writeFileSync(auditPolicy, JSON.stringify(AUDIT_POLICY))
  return {
    name: 'kube-apiserver',
    file: files.binaries.apiServer,
    // A third less processor time for each write, for memory that a server of one test does not miss.
    env: { GOGC: '400' },
    args: [
      ...[`--etcd-servers=http://127.0.0.1:${files.ports.etcd}`, '--bind-address=127.0.0.1'],
      ...[`--secure-port=${files.ports.api}`, '--advertise-address=127.0.0.1', '--endpoint-reconciler-type=none'],
      ...['--service-cluster-ip-range=10.0.0.0/24', '--authorization-mode=Node,RBAC', '--allow-privileged=true'],
      ...[`--tls-cert-file=${files.serving.certificate}`, `--tls-private-key-file=${files.serving.key}`],
      ...[`--client-ca-file=${files.caFile}`, `--token-auth-file=${files.tokensFile}`],
      '--service-account-issuer=https://kubernetes.default.svc',
      ...[`--service-account-key-file=${files.signing.publicKey}`],
      ...[`--service-account-signing-key-file=${files.signing.privateKey}`],
      ...[`--audit-policy-file=${auditPolicy}`, `--audit-log-path=${auditLog}`],
      // Asked to end, it would wait for open watches, for as long as their clients hold them.
      '--shutdown-watch-termination-grace-period=1s',
    ],
    graceMs: 5_000,
  }
}

export function controllerManagerCommand(files: ClusterFiles, kubeconfig: string): Command {
  return {
    name: 'kube-controller-manager',
    file: files.binaries.controllerManager ?? '',
    args: [
      // One identity for all controllers: a service account for each would cost six seconds at the start.
      ...[`--kubeconfig=${kubeconfig}`, '--use-service-account-credentials=false', '--leader-elect=false'],
      ...['--secure-port=0', `--controllers=${CONTROLLERS.join(',')}`],
      ...[`--service-account-private-key-file=${files.signing.privateKey}`, `--root-ca-file=${files.caFile}`],
    ],
  }
}
