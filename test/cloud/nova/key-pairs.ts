import { createHash, generateKeyPairSync } from 'node:crypto'
import { HttpError, type Reply } from '../http.ts'
import { type ApiCall, bodyOf, invalid, onlyKeys, onlyQuery, text } from './api-call.ts'
import { forbidden } from './caller.ts'
import { page } from './page.ts'
import { limitOf } from './quota.ts'
import { type KeyPairRecord, nextNumber } from './state.ts'
import { isoMicroseconds, second } from './time.ts'

/** Whose pairs are meant: the caller's own; since 2.10 administrators may name a user. */
function userOf({ caller, minor }: ApiCall, rule: string, asked: string | null): string {
  const user = minor >= 10 && asked !== null ? asked : caller.userId
  if (user !== caller.userId && !caller.isAdmin) throw forbidden(`os-keypairs:${rule}`)
  return user
}

export function listKeyPairs(call: ApiCall): Reply {
  const { state, query, minor } = call
  onlyQuery(call, 75, ['user_id'])
  const user = userOf(call, 'index', query.get('user_id'))
  const pairs = state.keyPairs.filter(({ userId }) => userId === user).sort((a, b) => (a.name < b.name ? -1 : 1))
  const named = pairs.map((pair) => ({ id: pair.name, pair }))
  const asked = minor >= 35 ? call : { ...call, query: new URLSearchParams() }
  const { items, links } = page(asked, named, 'os-keypairs', (marker) => {
    return new HttpError(400, `Marker ${marker} could not be found.`)
  })
  const keypairs = items.map(({ pair: { name, publicKey, fingerprint, type } }) => {
    return { keypair: { name, public_key: publicKey, fingerprint, ...(minor >= 2 && { type }) } }
  })
  return { status: 200, body: { keypairs, ...(links && { keypairs_links: links }) } }
}

function findPair(call: ApiCall, rule: string): KeyPairRecord {
  const name = call.params[0] ?? ''
  const user = userOf(call, rule, call.query.get('user_id'))
  const pair = call.state.keyPairs.find((one) => one.name === name && one.userId === user)
  if (!pair) throw new HttpError(404, `Keypair ${name} not found for user ${user}`)
  return pair
}

export function showKeyPair(call: ApiCall): Reply {
  const pair = findPair(call, 'show')
  const { id, name, publicKey, fingerprint, userId, createdAt, type } = pair
  const times = { created_at: isoMicroseconds(createdAt), deleted: false, deleted_at: null, updated_at: null }
  const keypair = { name, public_key: publicKey, fingerprint, user_id: userId, id, ...times }
  return { status: 200, body: { keypair: { ...keypair, ...(call.minor >= 2 && { type }) } } }
}

const CREATE_KEYS = ['name', 'public_key']

/** Imports a public key; below 2.92 Nova also makes pairs itself. */
export function createKeyPair(call: ApiCall): Reply {
  const { state, minor } = call
  const body = bodyOf(call, 'keypair')
  onlyKeys(body, 'keypair', [...CREATE_KEYS, ...(minor >= 2 ? ['type'] : []), ...(minor >= 10 ? ['user_id'] : [])])
  const name = text(body['name'], 'name').trim()
  if (!(minor >= 92 ? /^[\w@.\- ]+$/ : /^[\w\- ]+$/).test(name)) throw invalid('name', name)
  const type = body['type'] ?? 'ssh'
  if (type !== 'ssh' && type !== 'x509') throw invalid('type', type)
  const user = userOf(call, 'create', body['user_id'] === undefined ? null : text(body['user_id'], 'user_id'))
  if (body['public_key'] === undefined && minor >= 92) throw invalid('keypair', body)
  const own = state.keyPairs.filter(({ userId }) => userId === user)
  if (own.length >= limitOf(state, '', 'key_pairs')) throw new HttpError(403, 'Quota exceeded, too many key pairs.')
  const made =
    body['public_key'] === undefined
      ? generate()
      : { publicKey: text(body['public_key'], 'public_key', { most: 16_384 }) }
  const fingerprint = fingerprintOf(made.publicKey, type)
  if (own.some((one) => one.name === name)) throw new HttpError(409, `Key pair '${name}' already exists.`)
  const pair: KeyPairRecord = {
    ...{ id: nextNumber(state), userId: user, name, type, publicKey: made.publicKey, fingerprint },
    createdAt: second(state),
  }
  state.keyPairs.push(pair)
  const shown = { name, public_key: pair.publicKey, fingerprint, user_id: user, ...(minor >= 2 && { type }) }
  const secret = 'privateKey' in made ? { private_key: made.privateKey } : {}
  return { status: minor >= 2 ? 201 : 200, body: { keypair: { ...shown, ...secret } } }
}

export function deleteKeyPair(call: ApiCall): Reply {
  const { id } = findPair(call, 'delete')
  call.state.keyPairs = call.state.keyPairs.filter((one) => one.id !== id)
  return { status: call.minor >= 2 ? 204 : 202 }
}

function generate(): { publicKey: string; privateKey: string } {
  const pair = generateKeyPairSync('ed25519', {
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const raw = pair.publicKey.subarray(-32)
  const field = (bytes: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes])
  const key = Buffer.concat([field(Buffer.from('ssh-ed25519')), field(raw)]).toString('base64')
  return { publicKey: `ssh-ed25519 ${key} Generated-by-Nova\n`, privateKey: pair.privateKey }
}

/** Colons between the bytes of MD5 (ssh) or SHA-1 (x509). */
function fingerprintOf(publicKey: string, type: 'ssh' | 'x509'): string {
  const refused = new HttpError(400, 'Keypair data is invalid: failed to generate fingerprint')
  if (type === 'x509') {
    const body = /-----BEGIN CERTIFICATE-----([\s\S]+)-----END CERTIFICATE-----/.exec(publicKey)?.[1]
    if (body === undefined) throw refused
    return colons(createHash('sha1').update(Buffer.from(body, 'base64')).digest('hex'))
  }
  const [kind, data] = publicKey.trim().split(/\s+/)
  const bytes = Buffer.from(data ?? '', 'base64')
  const inner = bytes.length > 4 ? bytes.subarray(4, 4 + bytes.readUInt32BE(0)).toString() : ''
  if (kind === undefined || inner !== kind) throw refused
  return colons(createHash('md5').update(bytes).digest('hex'))
}

function colons(hex: string): string {
  return hex.match(/../g)?.join(':') ?? ''
}
