import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Metrics } from './metrics.ts'

/** Says why it is not well; undefined: it is. */
export type HealthCheck = () => string | undefined | Promise<string | undefined>

export interface HealthServerOptions {
  metrics: Metrics
  /** Must the process be restarted? Beside the event loop, which is always checked. */
  live?: Record<string, HealthCheck>
  /** Can it do its work: caches synced. Not the health of clouds. */
  ready?: Record<string, HealthCheck>
  /** The event loop may be held up this long (default 10 s). */
  mostDelayMs?: number
}

/** `/metrics`, `/healthz` and `/readyz` over HTTP; checks are listed by name in the answer, as Kubernetes' own do. */
export class HealthServer {
  readonly #server: Server
  readonly #metrics: Metrics
  readonly #checks: Record<string, Record<string, HealthCheck>>
  readonly #delay = monitorEventLoopDelay({ resolution: 50 })

  constructor({ metrics, live = {}, ready = {}, mostDelayMs = 10_000 }: HealthServerOptions) {
    this.#metrics = metrics
    this.#checks = {
      '/healthz': { 'event-loop': () => this.#eventLoop(mostDelayMs), ...live },
      '/readyz': ready,
    }
    this.#server = createServer((request, response) => {
      const path = new URL(request.url ?? '/', 'http://localhost').pathname
      this.#answer(path, response).catch((error: unknown) => reply(response, 500, `${error}\n`))
    })
  }

  /** Returns the port. */
  async listen(port: number, host?: string): Promise<number> {
    this.#delay.enable()
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, host, resolve)
    })
    return (this.#server.address() as AddressInfo).port
  }

  async close(): Promise<void> {
    this.#delay.disable()
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }

  async #answer(path: string, response: ServerResponse): Promise<void> {
    if (path === '/metrics') {
      const { contentType, body } = await this.#metrics.text()
      return reply(response, 200, body, contentType)
    }
    const checks = this.#checks[path]
    if (checks === undefined) return reply(response, 404, 'not found: /metrics, /healthz and /readyz are here\n')
    const lines: string[] = []
    let well = true
    for (const [name, check] of Object.entries(checks)) {
      const trouble = await outcome(check)
      if (trouble !== undefined) well = false
      lines.push(trouble === undefined ? `[+]${name} ok` : `[-]${name} failed: ${trouble}`)
    }
    reply(response, well ? 200 : 503, `${[...lines, well ? 'ok' : 'not ok'].join('\n')}\n`)
  }

  /** The longest that the event loop was held up since the last question. */
  #eventLoop(mostDelayMs: number): string | undefined {
    const longestMs = this.#delay.max / 1e6
    this.#delay.reset()
    return longestMs > mostDelayMs ? `held up for ${Math.round(longestMs)} ms` : undefined
  }
}

async function outcome(check: HealthCheck): Promise<string | undefined> {
  try {
    return await check()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function reply(
  response: ServerResponse,
  status: number,
  body: string,
  contentType = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, { 'content-type': contentType }).end(body)
}
