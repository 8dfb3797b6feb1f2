import { isDeepStrictEqual } from 'node:util'
import { fieldsOf } from './applied.ts'
import type { KubeClient } from './client.ts'
import { readinessConditions, transition, type WantedCondition } from './conditions.ts'
import type { Report, StatusFields, StatusObject } from './kind.ts'
import type { ResourceType } from './resource.ts'
import { statusFieldsOf } from './status-fields.ts'

/**
 * Writes status by server-side apply with one field manager, only where it differs from what is there, and always with
 * the resourceVersion that the decision was made on: a replica that lost its lease cannot overwrite its successor.
 */
export class StatusWriter<O extends StatusObject> {
  readonly #client: KubeClient
  readonly #type: ResourceType<O>
  readonly #fieldManager: string
  readonly #today: () => Date
  readonly #foreign: readonly string[]

  /** `foreign`: fields of status that somebody else applies; they are left alone. */
  constructor(
    client: KubeClient,
    type: ResourceType<O>,
    fieldManager: string,
    today: () => Date,
    foreign: readonly string[] = [],
  ) {
    this.#client = client
    this.#type = type
    this.#fieldManager = fieldManager
    this.#today = today
    this.#foreign = foreign
  }

  /** Writes what a reconcile reports. Returns the object as it is then. */
  async report(object: O, { readiness, conditions = [], status }: Report<O>): Promise<O> {
    const { generation = 0 } = object.metadata
    return await this.#write(object, generation, status, [...readinessConditions(readiness), ...conditions])
  }

  /** Adds fields to the status as it is, before an effect. What was ready no longer is: a change begins. */
  async intend(object: O, fields: Partial<StatusFields<O>>): Promise<O> {
    const { conditions, ...before } = splitStatus(object)
    const ready = conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
    const shown = ready ? [...CHANGING, ...conditions.filter(({ type }) => type !== 'Ready')] : conditions
    return await this.#write(object, before.generation, { ...before.fields, ...fields }, shown)
  }

  /** Shows that the object is paused and leaves everything else as it was, also the generation that was looked at. */
  async pause(object: O): Promise<O> {
    const { conditions, generation, fields } = splitStatus(object)
    const message = 'an annotation pauses this object: nothing is done for it until the annotation is removed'
    const paused: WantedCondition = { type: 'Paused', status: 'True', reason: 'Paused', message }
    const others = conditions.filter(({ type }) => type !== 'Paused')
    return await this.#write(object, generation, fields, [...others, paused])
  }

  async #write(
    object: O,
    observedGeneration: number,
    fields: StatusFields<O>,
    wanted: readonly WantedCondition[],
  ): Promise<O> {
    const { namespace, name, resourceVersion } = object.metadata
    const previous = object.status?.conditions ?? []
    const conditions = transition(previous, wanted.map(bare), Math.max(0, observedGeneration), this.#today())
    const status = this.#own(withoutUndefined({ conditions, observedGeneration, ...fields }))
    if (isDeepStrictEqual(status, this.#own(object.status ?? {}))) return object
    return await this.#client.apply(
      this.#type,
      fieldsOf<O>({ metadata: { namespace, name, resourceVersion }, status }),
      {
        fieldManager: this.#fieldManager,
        force: true,
        subresource: 'status',
      },
    )
  }

  #own(status: object): object {
    return Object.fromEntries(Object.entries(status).filter(([field]) => !this.#foreign.includes(field)))
  }
}

/** The parts of the status as it is; a first visit has none. */
function splitStatus<O extends StatusObject>(object: O) {
  const { conditions = [], observedGeneration = -1 } = object.status ?? {}
  return {
    conditions: conditions.length > 0 ? conditions : FIRST_VISIT,
    generation: observedGeneration,
    fields: statusFieldsOf(object),
  }
}

/** What an object says that was never looked at to the end. */
const FIRST_VISIT: readonly WantedCondition[] = readinessConditions({
  state: 'Reconciling',
  reason: 'Pending',
  message: 'the first look at this object has not come to an end yet',
  known: false,
})

/** What an object says that was ready, from the record of a change to its end. */
const CHANGING: readonly WantedCondition[] = readinessConditions({
  state: 'Reconciling',
  reason: 'Pending',
  message: 'a change is under way',
})

const bare = ({ type, status, reason, message }: WantedCondition): WantedCondition => ({
  type,
  status,
  reason,
  message: message.slice(0, 32_768),
})

/** A copy without undefined members, at every depth, as JSON would have it. */
function withoutUndefined<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}
