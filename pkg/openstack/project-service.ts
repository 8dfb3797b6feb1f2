import { AnswerFields } from './answer-fields.ts'
import { type Classify, OpenStackError } from './errors.ts'
import type { VersionedRequester } from './request.ts'
import { type CallOptions, ServiceApi, segment } from './service-api.ts'

/** A project of Keystone. */
export interface KeystoneProject {
  id: string
  name: string
  domain_id: string
  enabled: boolean
}

/** Which project is meant: an id, or a name that may stand with the id of its domain. */
export type ProjectQuery = { id: string } | { name: string; domainID?: string | undefined }

const ofRead: Classify = () => undefined

/** Keystone's projects. */
export class ProjectService {
  readonly #api: ServiceApi

  constructor(session: VersionedRequester) {
    this.#api = new ServiceApi(session, 'identity')
  }

  /**
   * The project, or `undefined` where Keystone knows none that we may see. Administrators find every project, others
   * those that they have a role in. `ProjectAmbiguous` (InvalidSpec): several domains have the name.
   */
  async find(query: ProjectQuery, options: CallOptions = {}): Promise<KeystoneProject | undefined> {
    const found = 'id' in query ? await this.#byId(query.id, options) : await this.#byName(query, options)
    const [project, ...others] = found
    if (others.length === 0 || !('name' in query)) return project
    const message = `there are ${found.length} projects called "${query.name}"; give the id of the one that is meant`
    throw new OpenStackError(message, { class: 'InvalidSpec', code: 'ProjectAmbiguous', service: 'identity' })
  }

  async #byId(id: string, options: CallOptions): Promise<KeystoneProject[]> {
    const accept = [403, 404]
    const answer = await this.#api.call('GET', `/projects/${segment(id)}`, ofRead, { ...options, accept })
    if (answer.status === 200) return [parseProject(this.#api.read(answer, 'project'))]
    return (await this.#own(options)).filter((project) => project.id === id)
  }

  async #byName(
    query: { name: string; domainID?: string | undefined },
    options: CallOptions,
  ): Promise<KeystoneProject[]> {
    const { name, domainID } = query
    const details = { ...options, query: { name, domain_id: domainID }, accept: [403] }
    const answer = await this.#api.call('GET', '/projects', ofRead, details)
    const seen =
      answer.status === 200 ? this.#api.readList(answer, 'projects').map(parseProject) : await this.#own(options)
    return seen.filter((one) => one.name === name && (domainID === undefined || one.domain_id === domainID))
  }

  /** Those that the user has a role in: what everybody may ask. */
  async #own(options: CallOptions): Promise<KeystoneProject[]> {
    const answer = await this.#api.call('GET', '/auth/projects', ofRead, options)
    return this.#api.readList(answer, 'projects').map(parseProject)
  }
}

function parseProject(value: unknown): KeystoneProject {
  const fields = new AnswerFields(value)
  return {
    id: fields.required('id', 'identity', 'a project'),
    name: fields.text('name') ?? '',
    domain_id: fields.text('domain_id') ?? '',
    enabled: fields.flag('enabled'),
  }
}
