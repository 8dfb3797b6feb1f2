import { nameOrID, type RuleCase, type Spec } from './rule-case.ts'

const cloud = (changes: Spec = {}): Spec => ({
  ownerID: 'acme-prod',
  credentials: { secretRef: { name: 'vdi-cloud' }, cloudName: 'vdi' },
  ...changes,
})

export const cloudCases: RuleCase[] = [
  {
    kind: 'Cloud',
    field: 'spec.ownerID',
    message: 'is immutable; it marks what is ours in the cloud; make a new Cloud',
    refused: { from: cloud(), to: cloud({ ownerID: 'acme-test' }) },
    accepted: { from: cloud(), to: cloud({ requests: { perSecond: 5 } }) },
  },
  ...nameOrID('Cloud', 'spec.project', (project) => cloud({ project })),
]
