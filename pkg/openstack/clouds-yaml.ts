import { FAILSAFE_SCHEMA, load, mergeTag, YAMLException } from 'js-yaml'
import { officialType } from './catalog.ts'
import { type ProjectOverride, readAuth } from './cloud-auth.ts'
import type { CloudProfile, EndpointInterface } from './cloud-profile.ts'
import { OpenStackError } from './errors.ts'
import { Settings } from './settings.ts'

export interface ReadCloudOptions {
  /** PEM from the Secret's key `cacert`; takes the place of the file that clouds.yaml names. */
  cacert?: string | undefined
  /** Another project than the file says (`Cloud.spec.project`). */
  project?: ProjectOverride | undefined
}

/**
 * One cloud of a clouds.yaml, read as openstacksdk reads it. Every error is `InvalidSpec` and names the key; none holds
 * a value that may be secret.
 */
export function readCloud(yaml: string, name: string, options: ReadCloudOptions = {}): CloudProfile {
  const settings = new Settings(findCloud(parseYaml(yaml), name), `clouds.${name}`)
  const { authUrl, auth, project } = readAuth(settings, options.project)
  const region = readRegion(settings)
  const cacert = readCacert(settings, options.cacert)
  return {
    name,
    authUrl,
    auth,
    ...(project === undefined ? {} : { project }),
    ...(region === undefined ? {} : { region }),
    interface: readInterface(settings),
    ...(cacert === undefined ? {} : { cacert }),
    verify: readVerify(settings),
    endpointOverrides: readOverrides(settings),
  }
}

function parseYaml(yaml: string): unknown {
  if (yaml.trim() === '') throw invalid('clouds.yaml is empty')
  try {
    // Every scalar stays the text that was written: a password `0123` or `1e5` is not a number, `no` is read below.
    return load(yaml, { schema: FAILSAFE_SCHEMA.withTags(mergeTag) })
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error
    const line = error.mark === undefined ? '' : `, line ${error.mark.line + 1}`
    // What stands between quotes may be a piece of a secret.
    throw invalid(`clouds.yaml is not valid YAML${line}: ${error.reason.replace(/"[^"]*"|<[^>]*>/g, '…')}`)
  }
}

function findCloud(document: unknown, name: string): Record<string, unknown> {
  const clouds = isMapping(document) ? document['clouds'] : undefined
  if (!isMapping(clouds)) throw invalid('clouds.yaml has no mapping `clouds`')
  const cloud = Object.hasOwn(clouds, name) ? clouds[name] : undefined
  if (isMapping(cloud)) return cloud
  if (cloud !== undefined) throw invalid(`clouds.${name} is not a mapping`)
  const known = Object.keys(clouds)
  throw invalid(`clouds.yaml has no cloud "${name}"; it has: ${known.length === 0 ? 'none' : known.join(', ')}`)
}

function readRegion(settings: Settings): string | undefined {
  const region = settings.text('region_name')
  if (region !== undefined) return region
  const [first] = settings.list('regions')
  if (typeof first === 'string') return first
  return isMapping(first) && typeof first['name'] === 'string' ? first['name'] : undefined
}

function readInterface(settings: Settings): EndpointInterface {
  const key = settings.text('interface') === undefined ? 'endpoint_type' : 'interface'
  const value = settings.text(key)?.replace(/URL$/, '')
  if (value === undefined) return 'public'
  if (value === 'public' || value === 'internal' || value === 'admin') return value
  throw settings.invalid(key, 'must be public, internal or admin')
}

function readVerify(settings: Settings): boolean {
  if (settings.flag('insecure') === true) return false
  return settings.flag('verify') ?? true
}

function readCacert(settings: Settings, given: string | undefined): string | undefined {
  const written = settings.text('cacert')
  const pem = given?.trim() ? given : written
  if (pem === undefined || !readVerify(settings)) return undefined
  if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem
  if (pem === given) throw invalid('the key cacert of the Secret is not a PEM certificate')
  throw settings.invalid(
    'cacert',
    'names a file, which the operator cannot read: put the certificates into the key cacert of the Secret',
  )
}

function readOverrides(settings: Settings): Record<string, string> {
  const overrides: Record<string, string> = {}
  for (const key of settings.keys()) {
    const type = /^(.+)_endpoint_override$/.exec(key)?.[1]
    const url = type === undefined ? undefined : settings.text(key)
    if (type === undefined || url === undefined) continue
    if (!/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
      throw settings.invalid(key, 'is not an http or https address')
    overrides[officialType(type.replaceAll('_', '-'))] = url
  }
  return overrides
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(message: string): OpenStackError {
  return new OpenStackError(message, { class: 'InvalidSpec', code: 'CredentialsInvalid' })
}
