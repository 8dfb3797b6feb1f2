import { describe, expect, it } from 'vitest'
import { Failure } from '../failure/failure.ts'
import { type ReadCloudOptions, readCloud } from './clouds-yaml.ts'

const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'

function cloud(lines: string): string {
  const indented = lines.trim().replace(/^/gm, '    ')
  return `clouds:\n  vdi:\n${indented}\n`
}

const password = `
auth:
  auth_url: https://keystone.example/v3
  username: demo
  password: s3cret
  project_name: desktops
  project_domain_name: Default
  user_domain_name: Users
region_name: RegionOne
`

function failure(yaml: string, options?: ReadCloudOptions): Failure {
  try {
    readCloud(yaml, 'vdi', options)
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
  throw new Error('it was accepted')
}

describe('readCloud', () => {
  it('reads a password with its domains', () => {
    expect(readCloud(cloud(password), 'vdi')).toEqual({
      name: 'vdi',
      authUrl: 'https://keystone.example/v3',
      auth: { type: 'password', user: { name: 'demo', domain: { name: 'Users' } }, password: 's3cret' },
      project: { name: 'desktops', domain: { name: 'Default' } },
      region: 'RegionOne',
      interface: 'public',
      verify: true,
      endpointOverrides: {},
    })
  })

  it.each([
    ['ids', 'user_id: u1\nproject_id: p1', { id: 'u1' }, { id: 'p1' }],
    ['tenants', 'user_id: u1\ntenant_name: t', { id: 'u1' }, { name: 't', domain: { id: 'default' } }],
    [
      'one domain for both',
      'username: u\nproject_name: p\ndomain_name: D',
      { name: 'u', domain: { name: 'D' } },
      { name: 'p', domain: { name: 'D' } },
    ],
    [
      'default_domain',
      'username: u\nproject_name: p\ndefault_domain: d1',
      { name: 'u', domain: { id: 'd1' } },
      { name: 'p', domain: { id: 'd1' } },
    ],
    [
      'domain ids, dashes in keys',
      'username: u\nproject-name: p\nuser-domain-id: a\nproject-domain-id: b',
      { name: 'u', domain: { id: 'a' } },
      { name: 'p', domain: { id: 'b' } },
    ],
    ['no project', 'user_id: u1', { id: 'u1' }, undefined],
  ])('reads %s', (_, keys, user, project) => {
    const auth = `auth_url: http://k/v3\npassword: x\n${keys}`.replace(/^/gm, '  ')
    const profile = readCloud(cloud(`auth:\n${auth}`), 'vdi')
    expect(profile.auth).toMatchObject({ type: 'password', user })
    expect(profile.project).toEqual(project)
  })

  it.each(['0123', '1e5', 'no', 'null', '~', 'true', "'0x1F'"])('takes the password %s as it is written', (written) => {
    const profile = readCloud(cloud(password.replace('s3cret', written)), 'vdi')
    expect(profile.auth).toMatchObject({ password: written.replaceAll("'", '') })
  })

  it('reads application credentials by id and by name, with and without auth_type', () => {
    const byId = 'auth:\n  auth_url: http://k\n  application_credential_id: ac1\n  application_credential_secret: s'
    expect(readCloud(cloud(byId), 'vdi').auth).toEqual({
      type: 'applicationCredential',
      credential: { id: 'ac1' },
      secret: 's',
    })
    const byName =
      'auth_type: v3applicationcredential\nauth:\n  auth_url: http://k\n  application_credential_name: ci\n' +
      '  application_credential_secret: s\n  username: demo\n  user_domain_name: Default'
    expect(readCloud(cloud(byName), 'vdi').auth).toEqual({
      type: 'applicationCredential',
      credential: { name: 'ci', user: { name: 'demo', domain: { name: 'Default' } } },
      secret: 's',
    })
  })

  it('reads a token', () => {
    const token = 'auth:\n  auth_url: http://k\n  token: gAAAA\n  project_id: p1'
    expect(readCloud(cloud(token), 'vdi')).toMatchObject({
      auth: { type: 'token', token: 'gAAAA' },
      project: { id: 'p1' },
    })
    expect(readCloud(cloud(`auth_type: v3token\n${token}`), 'vdi').auth.type).toBe('token')
  })

  it.each([
    ['verify: no', false],
    ['verify: false', false],
    ['verify: "False"', false],
    ['verify: off', false],
    ['verify: yes', true],
    ['verify: True', true],
    ['insecure: true', false],
    ['verify:', true],
  ])('reads %s as %s', (line, verify) => {
    expect(readCloud(cloud(`${password}\n${line}`), 'vdi').verify).toBe(verify)
  })

  it.each([
    ['interface: internal', 'internal'],
    ['endpoint_type: adminURL', 'admin'],
    ['endpoint_type: internalURL\ninterface: public', 'public'],
  ])('reads %j', (lines, expected) => {
    expect(readCloud(cloud(`${password}\n${lines}`), 'vdi').interface).toBe(expected)
  })

  it('takes the first of several regions', () => {
    const regions = password.replace('region_name: RegionOne', 'regions:\n- name: north\n- south')
    expect(readCloud(cloud(regions), 'vdi').region).toBe('north')
  })

  it('follows merge keys', () => {
    const yaml = `
x-base: &base
  auth: &auth {auth_url: http://k, username: demo, password: p, project_name: a}
  region_name: R
  verify: no
clouds:
  vdi:
    <<: *base
    auth: {<<: *auth, project_name: b}
`
    expect(readCloud(yaml, 'vdi')).toMatchObject({ region: 'R', verify: false, project: { name: 'b' } })
  })

  it('reads endpoint overrides by official type', () => {
    const overrides = `${password}\nimage_endpoint_override: http://g/v2\nvolumev3_endpoint_override: http://c/v3`
    expect(readCloud(cloud(overrides), 'vdi').endpointOverrides).toEqual({
      image: 'http://g/v2',
      'block-storage': 'http://c/v3',
    })
  })

  it('takes certificates from the Secret or from the file itself, never from a path', () => {
    expect(readCloud(cloud(`${password}\ncacert: /etc/ca.pem`), 'vdi', { cacert: pem }).cacert).toBe(pem)
    expect(readCloud(cloud(`${password}\ncacert: ${JSON.stringify(pem)}`), 'vdi').cacert).toBe(pem)
    expect(failure(cloud(`${password}\ncacert: /etc/ca.pem`)).message).toMatch(/clouds\.vdi\.cacert names a file/)
    expect(failure(cloud(password), { cacert: 'nonsense' }).message).toMatch(/cacert of the Secret/)
    expect(readCloud(cloud(`${password}\ncacert: /etc/ca.pem\nverify: no`), 'vdi').cacert).toBeUndefined()
  })

  it('scopes to another project, in the domain of the credential', () => {
    expect(readCloud(cloud(password), 'vdi', { project: { name: 'other' } }).project).toEqual({
      name: 'other',
      domain: { name: 'Default' },
    })
    expect(readCloud(cloud(password), 'vdi', { project: { id: 'p9' } }).project).toEqual({ id: 'p9' })
  })

  it('cannot scope an application credential', () => {
    const yaml = cloud(
      'auth:\n  auth_url: http://k\n  application_credential_id: a\n  application_credential_secret: s',
    )
    expect(failure(yaml, { project: { name: 'other' } }).message).toMatch(
      /application credential belongs to one project/,
    )
    expect(readCloud(yaml, 'vdi', { project: {} }).project).toBeUndefined()
  })

  it.each<[string, string, RegExp]>([
    ['an empty file', '  \n', /is empty/],
    ['only comments', '# nothing\n', /empty/],
    ['broken YAML', 'clouds:\n  vdi: [1\n', /not valid YAML, line \d/],
    ['a doubled key', 'clouds:\n  a: {}\n  a: {}\n', /line 3: duplicated mapping key/],
    ['a list', '- a\n', /no mapping `clouds`/],
    ['an unknown cloud', 'clouds:\n  one: {}\n  two: {}\n', /no cloud "vdi"; it has: one, two/],
    ['a cloud that is no mapping', 'clouds:\n  vdi: yes\n', /clouds\.vdi is not a mapping/],
    ['no auth', cloud('region_name: R'), /clouds\.vdi\.auth\.auth_url is missing/],
    ['an auth that is no mapping', cloud('auth: demo'), /clouds\.vdi\.auth must be a mapping/],
    ['no auth_url', cloud(password.replace(/auth_url.*/, '')), /clouds\.vdi\.auth\.auth_url is missing/],
    ['a bad auth_url', cloud(password.replace('https:', 'ftp:')), /auth_url is not an http/],
    ['no password', cloud(password.replace('password: s3cret', '')), /clouds\.vdi\.auth\.password is missing/],
    ['no user', cloud(password.replace('username: demo', '')), /clouds\.vdi\.auth\.username is missing/],
    [
      'a system scope',
      cloud(password.replace('username', 'system_scope: all\n  username')),
      /system_scope is not supp/,
    ],
    ['an unknown auth_type', cloud(`${password}\nauth_type: v3oidcpassword`), /auth_type "v3oidcpassword" is not/],
    ['a bad interface', cloud(`${password}\ninterface: secret`), /clouds\.vdi\.interface must be public, internal/],
    ['a bad verify', cloud(`${password}\nverify: perhaps`), /clouds\.vdi\.verify must be true or false/],
    [
      'a domain without project',
      cloud(password.replace(/project_name.*/, 'domain_name: D')),
      /project_name is missing/,
    ],
  ])('refuses %s', (_, yaml, message) => {
    const found = failure(yaml)
    expect(found.message).toMatch(message)
    expect(found).toMatchObject({ class: 'InvalidSpec', code: 'CredentialsInvalid' })
    expect(found.message).not.toContain('s3cret')
  })

  it('shows no piece of a secret when the YAML is broken there', () => {
    expect(failure('clouds:\n  vdi:\n    auth: {password: *s3cret}\n').message).not.toContain('s3cret')
    expect(failure('clouds:\n  vdi:\n    auth: {password: "s3cret\n').message).not.toContain('s3cret')
  })
})
