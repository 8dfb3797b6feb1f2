import { fixedPresence, immutable, nameOrID, type RuleCase, type Spec } from './rule-case.ts'

const kind = 'KeyPair'
const instead = 'make a new KeyPair'
const ssh = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBmWJd6eXCzSTMOWpBcyIDpqxOrQ6CB0Y4zyKSDfJmCQ alice@example.com'
const x509 = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'
const keyPair = (changes: Spec = {}): Spec => ({ cloudRef: { name: 'vdi' }, publicKey: ssh, ...changes })
const full = keyPair({ keyPairName: 'alice', user: { name: 'alice' } })
const change = (field: string, value: unknown): RuleCase =>
  immutable(kind, `spec.${field}`, instead, full, { ...full, [field]: value })
const publicKey = {
  kind,
  field: 'spec.publicKey',
  message: 'is neither one line of an OpenSSH public key nor an X.509 certificate in PEM',
}

export const keyPairCases: RuleCase[] = [
  change('cloudRef', { name: 'other' }),
  change('keyPairName', 'bob'),
  change('publicKey', x509),
  change('user', { name: 'bob' }),
  ...fixedPresence(kind, `keyPairName and user cannot be added or taken away; ${instead}`, keyPair(), {
    keyPairName: 'alice',
    user: { name: 'alice' },
  }),
  ...nameOrID(kind, 'spec.user', (user) => keyPair({ user })),
  {
    ...publicKey,
    refused: { create: keyPair({ publicKey: '-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n' }) },
    accepted: { create: keyPair({ publicKey: x509 }) },
  },
  {
    ...publicKey,
    refused: { create: keyPair({ publicKey: `${ssh}\n${ssh}` }) },
    accepted: { create: keyPair({ publicKey: `${ssh}\n` }) },
  },
  {
    ...publicKey,
    refused: { create: keyPair({ publicKey: 'ssh-ed25519' }) },
    accepted: { create: keyPair({ publicKey: 'sk-ssh-ed25519@openssh.com AAAA' }) },
  },
]
