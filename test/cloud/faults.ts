import { type LoggedRequest, matches, type RequestFilter } from './request-log.ts'

/** What goes wrong. "Effect" is what the request changes in the cloud. */
export type FaultAction =
  /** The connection is cut before the effect. */
  | { readonly type: 'ResetBefore' }
  /** The effect happens, the connection is cut instead of the answer. */
  | { readonly type: 'ResetAfter' }
  /** The connection is cut when this many bytes of the request's body have arrived. */
  | { readonly type: 'ResetDuring'; readonly bytes: number }
  /** Answered with this status, without the effect. */
  | { readonly type: 'Status'; readonly status: number; readonly retryAfterSeconds?: number; readonly body?: string }
  /** The effect happens, then the answer is this status. */
  | { readonly type: 'StatusAfter'; readonly status: number }
  /** The answer breaks off in the middle of its body. */
  | { readonly type: 'TruncatedBody' }
  /** The answer's body comes in ten pieces over this time. */
  | { readonly type: 'SlowBody'; readonly milliseconds: number }
  | { readonly type: 'Delay'; readonly milliseconds: number }
  /** No answer, until the client gives up; before the effect, or after it. */
  | { readonly type: 'HangBefore' }
  | { readonly type: 'HangAfter' }
  /** Every connection is cut and new ones are refused for this time; before the effect. */
  | { readonly type: 'Outage'; readonly milliseconds: number }

export interface FaultRule {
  readonly match?: Omit<RequestFilter, 'status'>
  /** So many matching requests pass first. Default 0. */
  readonly skip?: number
  /** How many requests are hit. Default 1; Infinity for all. */
  readonly times?: number
  readonly action: FaultAction
}

/** A rule in force; `hits` tells how often it struck. */
export interface ActiveFault {
  readonly rule: FaultRule
  readonly hits: number
  remove(): void
}

interface State {
  readonly rule: FaultRule
  skip: number
  left: number
  hits: number
}

/** The rules in force; the first one that matches a request strikes. */
export class FaultPlan {
  #states: State[] = []

  add(rule: FaultRule): ActiveFault {
    const state: State = { rule, skip: rule.skip ?? 0, left: rule.times ?? 1, hits: 0 }
    this.#states.push(state)
    return {
      rule,
      get hits() {
        return state.hits
      },
      remove: () => {
        this.#states = this.#states.filter((other) => other !== state)
      },
    }
  }

  clear(): void {
    this.#states = []
  }

  /** The fault of this request, which counts against its rule. */
  strike(request: LoggedRequest): FaultAction | undefined {
    for (const state of this.#states) {
      if (state.left <= 0 || !matches(state.rule.match ?? {}, request)) continue
      if (state.skip > 0) {
        state.skip--
        continue
      }
      state.left--
      state.hits++
      return state.rule.action
    }
    return undefined
  }
}
