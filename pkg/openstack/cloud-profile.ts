/** How a session proves who it is; the three ways that clouds.yaml knows and we support. */
export type CloudAuth =
  | { type: 'password'; user: UserReference; password: string }
  | { type: 'applicationCredential'; credential: ApplicationCredentialReference; secret: string }
  | { type: 'token'; token: string }

/** A Keystone domain by id or name. */
export type DomainReference = { id: string } | { name: string }

/** A user by id, or by name within a domain. */
export type UserReference = { id: string } | { name: string; domain: DomainReference }

/** A project by id, or by name within a domain. */
export type ProjectReference = { id: string } | { name: string; domain: DomainReference }

/** An application credential by id, or by name and its user. */
export type ApplicationCredentialReference = { id: string } | { name: string; user: UserReference }

/** Which of a service's endpoints is used. */
export type EndpointInterface = 'public' | 'internal' | 'admin'

/** One cloud of clouds.yaml, checked and in one shape. Holds secrets: never logged, never in messages. */
export interface CloudProfile {
  /** The cloud's name in clouds.yaml. */
  name: string
  /** Keystone's address as written; with or without `/v3`. */
  authUrl: string
  auth: CloudAuth
  /** What tokens are scoped to; absent for application credentials, and where the user's default project is meant. */
  project?: ProjectReference
  region?: string
  interface: EndpointInterface
  /** PEM of the authorities that may sign the cloud's certificates, instead of the system's. */
  cacert?: string
  /** Whether certificates are verified. */
  verify: boolean
  /** `<service>_endpoint_override` by service type, `_` turned into `-`. */
  endpointOverrides: Readonly<Record<string, string>>
}
