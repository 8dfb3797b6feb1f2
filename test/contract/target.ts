import { load } from 'js-yaml'

/** A cloud that the contract is held against: the in-memory one, or a real OpenStack. */
export interface Target {
  readonly authUrl: string
  readonly users: Readonly<Record<UserName, Credentials>>
  /** The port of a test web server that the cloud's web-download may reach on 127.0.0.1; 0: any. */
  readonly downloadPort: number
  /** The cloud's time, in milliseconds since the epoch. */
  readonly now: () => number
  /** Lets time pass for the cloud: a real one takes as long, the in-memory one has a clock to move. */
  readonly elapse: (milliseconds: number) => Promise<void>
}

export type UserName = 'admin' | 'demo' | 'reader'

interface Credentials {
  readonly username: string
  readonly password: string
  readonly project_name: string
}

export function targetOf(cloudsYaml: string, rest: Pick<Target, 'downloadPort' | 'now' | 'elapse'>): Target {
  const { clouds } = load(cloudsYaml) as { clouds: Record<UserName, { auth: Credentials & { auth_url: string } }> }
  const users = { admin: clouds.admin.auth, demo: clouds.demo.auth, reader: clouds.reader.auth }
  return { authUrl: clouds.demo.auth.auth_url, users, ...rest }
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: bodies of any service
  readonly json: any
}

export interface Request {
  readonly headers?: Record<string, string>
  /** Sent as JSON. */
  readonly json?: unknown
  /** Sent as it is. */
  readonly body?: string | Uint8Array<ArrayBuffer>
}

/** Plain requests to one endpoint, with a token. Error answers are asked for as JSON. */
export class Client {
  readonly endpoint: string
  readonly #headers: Record<string, string>

  constructor(endpoint: string, token?: string) {
    this.endpoint = endpoint
    this.#headers = { accept: 'application/json', ...(token !== undefined && { 'x-auth-token': token }) }
  }

  get headers(): Readonly<Record<string, string>> {
    return this.#headers
  }

  async request(method: string, path: string, { headers, json, body }: Request = {}): Promise<Answer> {
    const type: Record<string, string> = json === undefined ? {} : { 'content-type': 'application/json' }
    const response = await fetch(this.endpoint + path, {
      method,
      headers: { ...this.#headers, ...type, ...headers },
      redirect: 'manual',
      ...(json !== undefined && { body: JSON.stringify(json) }),
      ...(body !== undefined && { body }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.startsWith('application/json') && text !== ''
    return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined }
  }

  get(path: string, request?: Request): Promise<Answer> {
    return this.request('GET', path, request)
  }

  post(path: string, json: unknown): Promise<Answer> {
    return this.request('POST', path, { json })
  }

  put(path: string, request: Request): Promise<Answer> {
    return this.request('PUT', path, request)
  }

  delete(path: string): Promise<Answer> {
    return this.request('DELETE', path)
  }
}

/** The body of a log-in with a password, for the user's own project unless another scope is given. */
export function passwordLogin(target: Target, name: UserName, scope?: unknown): object {
  const { username, password, project_name } = target.users[name]
  const user = { name: username, domain: { name: 'Default' }, password }
  const own = { project: { name: project_name, domain: { name: 'Default' } } }
  return { auth: { identity: { methods: ['password'], password: { user } }, scope: scope ?? own } }
}

/** A signed-in user. */
export interface Session {
  readonly token: string
  readonly userId: string
  readonly projectId: string
  /** The client of a service of the catalogue, by its type. */
  service(type: string): Client
}

/** Signs a user in, for the user's own project unless another scope is given. */
export async function signIn(target: Target, name: UserName, scope?: unknown): Promise<Session> {
  const answer = await new Client(target.authUrl).post('/auth/tokens', passwordLogin(target, name, scope))
  if (answer.status !== 201) throw new Error(`${name} cannot sign in: ${answer.status} ${answer.text}`)
  const token = answer.headers.get('x-subject-token') ?? ''
  const { user, project, catalog } = answer.json.token
  return {
    token,
    userId: user.id,
    projectId: project.id,
    service(type) {
      const found = catalog.find((one: { type: string }) => one.type === type)
      const endpoint = found?.endpoints.find((one: { interface: string }) => one.interface === 'public')
      if (!endpoint) throw new Error(`the catalogue has no ${type}`)
      return new Client(endpoint.url, token)
    },
  }
}

/** Glance's messages come HTML-escaped, followed by blank lines. */
export function messageOf(answer: Answer): string {
  const message: string = answer.json?.message ?? answer.json?.error?.message ?? answer.text
  return message
    .replaceAll('<br /><br />', ' ')
    .replaceAll('&#x27;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll(/\s+/g, ' ')
    .trim()
}
