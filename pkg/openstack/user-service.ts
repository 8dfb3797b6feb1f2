import { AnswerFields } from './answer-fields.ts'
import { type Classify, OpenStackError } from './errors.ts'
import type { VersionedRequester } from './request.ts'
import { type CallOptions, ServiceApi } from './service-api.ts'

const ofRead: Classify = (status, text) => {
  if (status !== 403) return undefined
  return { class: 'Refused', code: 'Forbidden', message: `the credential may not look for users in Keystone: ${text}` }
}

/** Keystone's users. To look for them is for administrators. */
export class UserService {
  readonly #api: ServiceApi

  constructor(session: VersionedRequester) {
    this.#api = new ServiceApi(session, 'identity')
  }

  /**
   * Id of the user of that name, or `undefined` where there is none. `UserAmbiguous` (InvalidSpec): several domains have
   * the name. `Forbidden` (Refused): not an administrator.
   */
  async idOf(name: string, options: CallOptions = {}): Promise<string | undefined> {
    const answer = await this.#api.call('GET', '/users', ofRead, { ...options, query: { name } })
    const found = this.#api.readList(answer, 'users').map((user) => new AnswerFields(user))
    const ids = found
      .filter((user) => user.text('name') === name)
      .map((user) => user.required('id', 'identity', 'a user'))
    if (ids.length < 2) return ids[0]
    const message = `there are ${ids.length} users called "${name}"; give the id of the one that is meant`
    throw new OpenStackError(message, { class: 'InvalidSpec', code: 'UserAmbiguous', service: 'identity' })
  }
}
