import type { Spec } from './rule-case.ts'

const cloudRef = { name: 'vdi' }
/** A Desktop that passes. */
export const goodDesktop: Spec = { cloudRef, source: { type: 'Template', template: { name: 'office' } } }
const desktop = (changes: Spec): Spec => ({ ...goodDesktop, ...changes })

/** What bounds and patterns refuse, without a rule, and what the API server says. */
export const badInput: { kind: string; what: string; spec: Spec; message: string }[] = [
  {
    kind: 'Desktop',
    what: 'no CPUs',
    spec: desktop({ resources: { cpus: 0 } }),
    message: 'spec.resources.cpus: Invalid value: 0: spec.resources.cpus in body should be greater than or equal to 1',
  },
  {
    kind: 'Desktop',
    what: '10 Ti of memory',
    spec: desktop({ resources: { memory: '10Ti' } }),
    message: 'spec.resources.memory: Invalid value: "10Ti": is more than 4Ti',
  },
  {
    kind: 'Desktop',
    what: 'memory that is not of whole MiB',
    spec: desktop({ resources: { memory: '4G' } }),
    message: 'spec.resources.memory in body should match',
  },
  {
    kind: 'Desktop',
    what: 'a reason of 256 characters',
    spec: desktop({ lock: 'Locked', lockReason: 'a'.repeat(256) }),
    message: 'spec.lockReason: Too long',
  },
  {
    kind: 'Desktop',
    what: 'an interface twice',
    spec: desktop({ networks: ['a', 'b'].map((name) => ({ name: 'nic0', network: { name } })) }),
    message: 'spec.networks[1]: Duplicate value',
  },
  {
    kind: 'DesktopResize',
    what: 'no CPUs',
    spec: { desktopRef: { name: 'pc-042' }, cpus: 0 },
    message: 'spec.cpus in body should be greater than or equal to 1',
  },
  {
    kind: 'KeyPair',
    what: 'a slash in its name',
    spec: { cloudRef, keyPairName: 'a/b', publicKey: 'ssh-ed25519 AAAA' },
    message: 'spec.keyPairName in body should match',
  },
  {
    kind: 'ProjectQuota',
    what: 'a limit below unlimited',
    spec: { cloudRef, project: { name: 'sales' }, limits: { cpus: -2 } },
    message: 'spec.limits.cpus in body should be greater than or equal to -1',
  },
]
