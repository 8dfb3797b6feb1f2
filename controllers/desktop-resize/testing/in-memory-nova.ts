import { isDeepStrictEqual } from 'node:util'
import { type CloudServices, createServices } from '../../../pkg/openstack/cloud-services.ts'
import { errorFromAnswer, OpenStackError } from '../../../pkg/openstack/errors.ts'
import type { OpenStackAnswer, OpenStackRequest, VersionedRequester } from '../../../pkg/openstack/request.ts'
import { HttpError } from '../../../test/cloud/http.ts'
import { answer } from '../../../test/cloud/nova/api.ts'
import type { Caller } from '../../../test/cloud/nova/caller.ts'
import { NO_NEIGHBOURS } from '../../../test/cloud/nova/no-neighbours.ts'
import type { ComputeState } from '../../../test/cloud/nova/state.ts'
import { type Flying, type NovaCall, TIMEOUT_MS, type WorldState } from './world-state.ts'

/** What becomes of a request that changes something. */
export type Fate =
  | 'Answered'
  /** It never arrives. */
  | 'Lost'
  /** It has its effect, and its answer is lost. */
  | 'Unanswered'
  /** It arrives later, at any time until it cannot be under way any more. */
  | 'Late'

/** Decides the fate of each change, in the order in which they are asked for. */
export type Fates = (call: { method: string; path: string }) => Fate

/** The real services over the in-memory Nova, without HTTP: whatever is asked of it happens at once, or by its fate. */
export class InMemoryNova implements VersionedRequester {
  readonly requestTimeoutMs = TIMEOUT_MS
  readonly services: CloudServices
  readonly #caller: Omit<Caller, 'requestId'>
  readonly #state: () => WorldState
  readonly #fates: Fates

  constructor(state: () => WorldState, fates: Fates, caller: Omit<Caller, 'requestId'>) {
    this.#state = state
    this.#fates = fates
    this.#caller = caller
    this.services = createServices(this)
  }

  async microversion(_service: string, wish: { least: string; best?: string | undefined }): Promise<string> {
    return wish.best ?? wish.least
  }

  async request(request: OpenStackRequest): Promise<OpenStackAnswer> {
    const { nova, flying } = this.#state()
    const call = this.#callOf(request, nova)
    if (request.method === 'GET') return this.#answer(request, call)
    request.onSend?.(this.#state().now)
    const fate = this.#fates(call)
    if (fate === 'Lost') throw noAnswer()
    if (fate === 'Late') {
      // Where one of the same is on its way already, a second one changes nothing.
      const same = ({ call: other }: Flying) => isDeepStrictEqual([other.path, other.body], [call.path, call.body])
      if (!flying.some(same)) flying.push({ call })
      throw noAnswer()
    }
    const result = this.#answer(request, call)
    if (fate === 'Answered') return await result
    await result.catch(() => undefined)
    throw noAnswer()
  }

  #callOf({ method, path, query, json, microversion }: OpenStackRequest, nova: ComputeState): NovaCall {
    const text = Object.entries(query ?? {}).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`]))
    return {
      method,
      path: text.length === 0 ? path : `${path}?${text.join('&')}`,
      body: json,
      minor: Number(microversion?.split('.')[1] ?? 1),
      caller: { ...this.#caller, requestId: `req-${nova.sequence}` },
    }
  }

  async #answer(request: OpenStackRequest, call: NovaCall): Promise<OpenStackAnswer> {
    try {
      const { status, body } = carryOut(call, this.#state().nova)
      return { status, headers: {}, body: copyOf(body), requestId: call.caller.requestId }
    } catch (error) {
      if (!(error instanceof HttpError)) throw error
      const { status, message } = error
      const { requestId } = call.caller
      if (request.accept?.includes(status)) return { status, headers: {}, body: undefined, requestId }
      const { service, method, path, classify } = request
      const body = JSON.stringify({ error: { message } })
      throw errorFromAnswer({ service, method, path, status, headers: {}, body, requestId, now: 0, classify })
    }
  }
}

/** Carries a request out; throws `HttpError` for what Nova refuses. */
export function carryOut({ method, path, body, minor, caller }: NovaCall, state: ComputeState) {
  const [plain = '', query = ''] = path.split('?')
  const rest = { params: [], query: new URLSearchParams(query), base: '', neighbours: NO_NEIGHBOURS }
  return answer({ method, path: plain, body, minor, caller, state, ...rest })
}

/** An answer is no window into the state. */
function copyOf(body: unknown): unknown {
  return body === undefined ? undefined : structuredClone(body)
}

function noAnswer(): OpenStackError {
  return new OpenStackError('the connection broke', {
    class: 'Unavailable',
    code: 'ConnectionReset',
    service: 'compute',
  })
}
