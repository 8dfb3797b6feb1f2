import { execFile } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const openssl = promisify(execFile)

/** A certificate and its key, as paths of PEM files. */
export interface Certificate {
  certificate: string
  key: string
}

/** A throw-away certificate authority in a directory, by the openssl command (3.0 or newer). */
export class CertificateAuthority {
  readonly #directory: string

  /** Path of the authority's own certificate. */
  readonly certificate: string

  private constructor(directory: string) {
    this.#directory = directory
    this.certificate = join(directory, 'ca.crt')
  }

  /** Opens the authority in `directory`, made first if it is not there. */
  static async open(directory: string): Promise<CertificateAuthority> {
    const authority = new CertificateAuthority(directory)
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    if (!existsSync(authority.certificate)) {
      // The machine's own openssl.cnf would add extensions of its own.
      writeFileSync(join(directory, 'openssl.cnf'), '[req]\ndistinguished_name = name\n[name]\n')
      await authority.#request('/CN=auxo-lab', authority.#path('ca'), [
        'basicConstraints=critical,CA:TRUE',
        'keyUsage=critical,keyCertSign',
        'subjectKeyIdentifier=hash',
      ])
    }
    return authority
  }

  /** A certificate for a server with these subject alternative names (`IP:127.0.0.1`, `DNS:localhost`). */
  server(name: string, alternativeNames: readonly string[]): Promise<Certificate> {
    return this.#issue(name, `/CN=${name}`, [
      `subjectAltName=${alternativeNames.join(',')}`,
      'extendedKeyUsage=serverAuth',
    ])
  }

  /** A certificate for a client: Kubernetes takes the common name as the user, organizations as the groups. */
  client(file: string, user: string, groups: readonly string[]): Promise<Certificate> {
    const subject = [...groups.map((group) => `/O=${escaped(group)}`), `/CN=${escaped(user)}`].join('')
    return this.#issue(file, subject, ['extendedKeyUsage=clientAuth'])
  }

  async #issue(name: string, subject: string, extensions: readonly string[]): Promise<Certificate> {
    const issued = this.#path(name)
    if (existsSync(issued.certificate)) return issued
    const authority = ['-CA', this.certificate, '-CAkey', this.#path('ca').key]
    await this.#request(subject, issued, ['basicConstraints=critical,CA:FALSE', ...extensions], authority)
    return issued
  }

  async #request(
    subject: string,
    files: Certificate,
    extensions: readonly string[],
    more: readonly string[] = [],
  ): Promise<void> {
    await openssl('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-sha256'],
      ...['-config', join(this.#directory, 'openssl.cnf'), '-days', '30', '-subj', subject],
      ...['-keyout', files.key, '-out', files.certificate, ...more],
      ...extensions.flatMap((extension) => ['-addext', extension]),
    ])
  }

  #path(name: string): Certificate {
    return { certificate: join(this.#directory, `${name}.crt`), key: join(this.#directory, `${name}.key`) }
  }
}

/** A key pair that signs service account tokens. The API server wants the private one as SEC1, not PKCS #8. */
export function signingKeys(directory: string): { privateKey: string; publicKey: string } {
  const files = { privateKey: join(directory, 'signing.key'), publicKey: join(directory, 'signing.pub') }
  if (!existsSync(files.publicKey)) {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    writeFileSync(files.privateKey, pair.privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 })
    writeFileSync(files.publicKey, pair.publicKey.export({ type: 'spki', format: 'pem' }))
  }
  return files
}

function escaped(value: string): string {
  return value.replaceAll(/[\\/+]/g, (character) => `\\${character}`)
}
