import { immutable, nameOrID, type RuleCase, type Spec } from './rule-case.ts'

const kind = 'ProjectQuota'
const instead = 'make a new ProjectQuota'
const quota = (changes: Spec = {}): Spec => ({
  cloudRef: { name: 'vdi' },
  project: { name: 'sales' },
  limits: { instances: 200, cpus: 800, memory: '3200Gi', volumes: -1, storage: '20Ti' },
  ...changes,
})

export const projectQuotaCases: RuleCase[] = [
  immutable(kind, 'spec.cloudRef', instead, quota(), quota({ cloudRef: { name: 'other' } })),
  immutable(kind, 'spec.project', instead, quota(), quota({ project: { name: 'other' } })),
  ...nameOrID(kind, 'spec.project', (project) => quota({ project })),
  {
    kind,
    field: 'spec.limits',
    message: 'set at least one limit',
    refused: { create: quota({ limits: {} }) },
    accepted: { create: quota({ limits: { memory: '-1' } }) },
  },
]
