import { Counter, Histogram, type Registry } from 'prom-client'
import type { CallObserver } from './cloud/connector.ts'

/** Counts and times every call to a cloud: `auxo_cloud_requests_total`, `auxo_cloud_request_duration_seconds`. */
export function observeCloudCalls(registry: Registry): CallObserver {
  const labelNames = ['cloud', 'service', 'method', 'code'] as const
  const requests = new Counter({
    name: 'auxo_cloud_requests_total',
    help: 'Calls to a cloud by service, method and status; code is <error> where there was no answer.',
    labelNames,
    registers: [registry],
  })
  const seconds = new Histogram({
    name: 'auxo_cloud_request_duration_seconds',
    help: 'How long calls to a cloud take.',
    labelNames: ['cloud', 'service', 'method'],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 600],
    registers: [registry],
  })
  return (cloud, call) => {
    const { service, method } = call
    requests.inc({ cloud, service, method, code: String(call.status ?? '<error>') })
    seconds.observe({ cloud, service, method }, call.milliseconds / 1000)
  }
}
