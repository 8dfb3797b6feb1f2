import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Agent, request as forward } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { harnessDirectory } from '../../hack/lab/harness.ts'
import type { Kube } from '../../hack/lab/kube/kube.ts'

/** Which request is held. */
export interface HoldRule {
  method: string
  path: RegExp
  /** Searched for in the body. */
  body?: RegExp
  /** `Before`: it never reaches the API server. `After`: it does, and its answer is never seen. */
  when: 'Before' | 'After'
}

export interface Hold {
  readonly rule: HoldRule
  /** Whether a request is held. */
  readonly held: boolean
}

/** A way to the API server that can keep a request, or its answer, for ever, and cut all connections. */
export class ApiProxy {
  /** Path of a kubeconfig that leads through it. */
  readonly kubeconfig: string
  readonly #kube: Kube
  readonly #server: Server
  readonly #agent: Agent
  readonly #holds: { rule: HoldRule; held: boolean }[] = []

  private constructor(kube: Kube, server: Server) {
    this.#kube = kube
    this.#server = server
    this.#agent = new Agent({ ca: readFileSync(kube.caFile), keepAlive: true })
    const { port } = server.address() as AddressInfo
    this.kubeconfig = join(harnessDirectory('proxy'), 'kubeconfig')
    const cluster = { name: 'proxy', cluster: { server: `http://127.0.0.1:${port}` } }
    const user = { name: 'admin', user: { token: kube.token } }
    const context = { name: 'proxy', context: { cluster: 'proxy', user: 'admin' } }
    const config = { clusters: [cluster], users: [user], contexts: [context], 'current-context': 'proxy' }
    writeFileSync(this.kubeconfig, JSON.stringify({ apiVersion: 'v1', kind: 'Config', ...config }), { mode: 0o600 })
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#serve(request, response).catch(() => response.destroy())
    })
  }

  static async start(kube: Kube): Promise<ApiProxy> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new ApiProxy(kube, server)
  }

  /** Holds the next request that fits. */
  hold(rule: HoldRule): Hold {
    const hold = { rule, held: false }
    this.#holds.push(hold)
    return hold
  }

  /** Cuts every connection; new ones are taken. */
  cut(): void {
    this.#server.closeAllConnections()
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeAllConnections()
    this.#agent.destroy()
    await closed
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const hold = this.#holds.find(({ rule, held }) => !held && fits(rule, request, body))
    if (hold) hold.held = hold.rule.when === 'Before'
    if (hold?.held) return
    const { method, headers, url } = request
    const options = { method, headers: { ...headers, host: new URL(this.#kube.server).host }, agent: this.#agent }
    const sent = forward(new URL(url ?? '/', this.#kube.server), options, (answer) => {
      if (hold) {
        hold.held = true
        answer.resume()
        return
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
      answer.on('error', () => response.destroy())
    })
    sent.on('error', () => response.destroy())
    response.on('close', () => sent.destroy())
    sent.end(body)
  }
}

function fits({ method, path, body }: HoldRule, request: IncomingMessage, sent: Buffer): boolean {
  return request.method === method && path.test(request.url ?? '') && (body?.test(sent.toString()) ?? true)
}
