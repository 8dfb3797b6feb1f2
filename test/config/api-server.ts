import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Agent, request } from 'undici'
import type { Kube } from '../../hack/lab/kube/kube.ts'

/** An object of any kind. */
export interface Manifest {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string; [key: string]: unknown }
  [key: string]: unknown
}

/** What the API server answered. */
export interface Answer {
  code: number
  /** The object, or a `Status` that says what is wrong. */
  body: Manifest & { message?: string }
  /** Warning headers: unknown and duplicate fields. */
  warnings: string
}

export interface CallOptions {
  /** Whom to impersonate; the administrator by default. */
  as?: { user: string; groups?: readonly string[] }
  query?: Record<string, string>
  contentType?: string
}

/** Checks everything and stores nothing. */
export const dryRun = { dryRun: 'All' }

/** Plain calls to the API server under test, in anybody's name. Refusals are answers, not errors. */
export class ApiServer {
  readonly #server: string
  readonly #token: string
  readonly #agent: Agent

  constructor(kube: Kube) {
    this.#server = kube.server
    this.#token = kube.token
    this.#agent = new Agent({ connect: { ca: readFileSync(kube.caFile, 'utf8') } })
  }

  async call(method: string, path: string, body?: object, options: CallOptions = {}): Promise<Answer> {
    const url = new URL(path, this.#server)
    for (const [name, value] of Object.entries(options.query ?? {})) url.searchParams.set(name, value)
    const response = await request(url, {
      method: method as 'GET',
      dispatcher: this.#agent,
      headers: {
        authorization: `Bearer ${this.#token}`,
        'content-type': options.contentType ?? 'application/json',
        ...(options.as
          ? { 'impersonate-user': options.as.user, 'impersonate-group': [...(options.as.groups ?? [])] }
          : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.body.text()
    return {
      code: response.statusCode,
      body: JSON.parse(text) as Answer['body'],
      warnings: [response.headers['warning'] ?? []].flat().join('\n'),
    }
  }

  create(object: Manifest, options: CallOptions = {}): Promise<Answer> {
    return this.call('POST', collectionOf(object), object, options)
  }

  replace(object: Manifest, options: CallOptions = {}): Promise<Answer> {
    return this.call('PUT', pathOf(object), object, options)
  }

  /** Server-side apply; an unknown field is refused. */
  apply(object: Manifest, options: CallOptions = {}): Promise<Answer> {
    return this.call('PATCH', pathOf(object), object, {
      ...options,
      contentType: 'application/apply-patch+yaml',
      query: { fieldManager: 'test', fieldValidation: 'Strict', force: 'true', ...options.query },
    })
  }

  delete(object: Manifest, options: CallOptions = {}): Promise<Answer> {
    return this.call('DELETE', pathOf(object), undefined, options)
  }

  async close(): Promise<void> {
    await this.#agent.close()
  }
}

/** Plurals that are not made by adding an s. */
const irregular: Record<string, string> = {
  NetworkPolicy: 'networkpolicies',
  ValidatingAdmissionPolicy: 'validatingadmissionpolicies',
  Ingress: 'ingresses',
}

const clusterWide = /^(Namespace|CustomResourceDefinition|ClusterRole.*|ValidatingAdmissionPolicy.*)$/

export function collectionOf({ apiVersion, kind, metadata }: Manifest): string {
  const plural = irregular[kind] ?? `${kind.toLowerCase()}s`
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const namespace = clusterWide.test(kind) ? '' : `/namespaces/${metadata.namespace ?? 'default'}`
  return `${group}${namespace}/${plural}`
}

export function pathOf(object: Manifest): string {
  return join(collectionOf(object), object.metadata.name)
}
