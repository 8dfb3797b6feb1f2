import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { priorities } from './lanes.ts'
import { WorkQueue, type WorkQueueOptions } from './queue.ts'
import type { Exchange } from './transport.ts'

/** How a reconcile ended, in controller-runtime's words. */
export type ReconcileResult = 'success' | 'requeue' | 'requeue_after' | 'error'

/** What one controller's loop tells. */
export interface ControllerMetrics {
  /** How many workers it has. */
  maxConcurrent(workers: number): void
  /** A reconcile begins; the returned function ends it. */
  started(): (result: ReconcileResult) => void
}

const reconcileSeconds = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75, 2,
  2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
]
const queueSeconds = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100, 1000]
const queueLabels = ['name', 'controller'] as const

/**
 * The process's metrics under controller-runtime's names, labels and buckets, so that dashboards made for it work.
 * `priority` of `workqueue_depth` is the name of ours (`User`, `Operation`, …).
 */
export class Metrics {
  /** For metrics of one's own. */
  readonly registry = new Registry()
  readonly #queues = new Map<string, WorkQueue>()
  readonly #adds = this.#counter('workqueue_adds_total', 'Total number of adds handled by workqueue', queueLabels)
  readonly #retries = this.#counter(
    'workqueue_retries_total',
    'Total number of retries handled by workqueue',
    queueLabels,
  )
  readonly #latency = this.#histogram(
    'workqueue_queue_duration_seconds',
    'How long in seconds an item stays in workqueue before being requested',
    queueLabels,
    queueSeconds,
  )
  readonly #work = this.#histogram(
    'workqueue_work_duration_seconds',
    'How long in seconds processing an item from workqueue takes.',
    queueLabels,
    queueSeconds,
  )
  readonly #reconciles = this.#counter(
    'controller_runtime_reconcile_total',
    'Total number of reconciliations per controller',
    ['controller', 'result'],
  )
  readonly #errors = this.#counter(
    'controller_runtime_reconcile_errors_total',
    'Total number of reconciliation errors per controller',
    ['controller'],
  )
  readonly #time = this.#histogram(
    'controller_runtime_reconcile_time_seconds',
    'Length of time per reconciliation per controller',
    ['controller'],
    reconcileSeconds,
  )
  readonly #workers = this.#gauge(
    'controller_runtime_max_concurrent_reconciles',
    'Maximum number of concurrent reconciles per controller',
    ['controller'],
  )
  readonly #active = this.#gauge(
    'controller_runtime_active_workers',
    'Number of currently used workers per controller',
    ['controller'],
  )
  readonly #requests = this.#counter(
    'rest_client_requests_total',
    'Number of HTTP requests, partitioned by status code, method, and host.',
    ['code', 'method', 'host'],
  )
  readonly #leases = this.#gauge(
    'leader_election_master_status',
    'Whether this process holds the lease: 1 it does, 0 it does not.',
    ['name'],
  )

  /** @param options.process Also CPU, memory, file descriptors and the event loop's delay of the process (default). */
  constructor(options: { process?: boolean } = {}) {
    if (options.process ?? true) collectDefaultMetrics({ register: this.registry })
    this.#queueGauge('workqueue_depth', 'Current depth of workqueue by workqueue and priority', (queue) =>
      priorities.map((priority) => ({ labels: { priority }, value: queue.depth(priority) })),
    )
    this.#queueGauge(
      'workqueue_unfinished_work_seconds',
      'How many seconds of work has been done that is in progress and has not been observed by work_duration.',
      (queue) => [{ labels: {}, value: queue.runningSeconds().reduce((sum, seconds) => sum + seconds, 0) }],
    )
    this.#queueGauge(
      'workqueue_longest_running_processor_seconds',
      'How many seconds has the longest running processor for workqueue been running.',
      (queue) => [{ labels: {}, value: Math.max(0, ...queue.runningSeconds()) }],
    )
  }

  /** The metrics of the controller of that name. */
  controller(controller: string): ControllerMetrics {
    for (const result of ['success', 'requeue', 'requeue_after', 'error'])
      this.#reconciles.inc({ controller, result }, 0)
    this.#errors.inc({ controller }, 0)
    this.#active.set({ controller }, 0)
    return {
      maxConcurrent: (workers) => this.#workers.set({ controller }, workers),
      started: () => {
        this.#active.inc({ controller })
        const end = this.#time.startTimer({ controller })
        return (result) => {
          end()
          this.#active.dec({ controller })
          this.#reconciles.inc({ controller, result })
          if (result === 'error') this.#errors.inc({ controller })
        }
      },
    }
  }

  /** A work queue whose `workqueue_*` metrics bear this name. */
  queue(name: string, options: Omit<WorkQueueOptions, 'observer'> = {}): WorkQueue {
    const labels = { name, controller: name }
    this.#adds.inc(labels, 0)
    this.#retries.inc(labels, 0)
    const queue = new WorkQueue({
      ...options,
      observer: {
        added: () => this.#adds.inc(labels),
        taken: (seconds) => this.#latency.observe(labels, seconds),
        done: (seconds) => this.#work.observe(labels, seconds),
        retried: () => this.#retries.inc(labels),
      },
    })
    this.#queues.set(name, queue)
    return queue
  }

  /** Counts a call to the API server: `onExchange` of the client. */
  readonly exchange = ({ code, method, host }: Exchange): void => this.#requests.inc({ code, method, host })

  /** Whether this process holds the Lease of that name. */
  lease(name: string, held: boolean): void {
    this.#leases.set({ name }, held ? 1 : 0)
  }

  /** Prometheus' text format. */
  async text(): Promise<{ contentType: string; body: string }> {
    return { contentType: this.registry.contentType, body: await this.registry.metrics() }
  }

  #counter<L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.registry] })
  }

  #gauge<L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> {
    return new Gauge({ name, help, labelNames, registers: [this.registry] })
  }

  #histogram<L extends string>(name: string, help: string, labelNames: readonly L[], buckets: number[]): Histogram<L> {
    return new Histogram({ name, help, labelNames, buckets, registers: [this.registry] })
  }

  /** A gauge that is read from the queues when somebody asks. */
  #queueGauge(
    name: string,
    help: string,
    read: (queue: WorkQueue) => { labels: Record<string, string>; value: number }[],
  ): void {
    const queues = this.#queues
    new Gauge({
      name,
      help,
      labelNames: [...queueLabels, 'priority'],
      registers: [this.registry],
      collect() {
        for (const [queueName, queue] of queues) {
          for (const { labels, value } of read(queue))
            this.set({ name: queueName, controller: queueName, ...labels }, value)
        }
      },
    })
  }
}
