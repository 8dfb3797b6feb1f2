import { cloudCases } from './cloud.ts'
import { desktopCases } from './desktop.ts'
import { desktopPartCases } from './desktop-parts.ts'
import { desktopResizeCases } from './desktop-resize.ts'
import { desktopTemplateCases } from './desktop-template.ts'
import { flavorCases } from './flavor.ts'
import { imageCases } from './image.ts'
import { keyPairCases } from './key-pair.ts'
import { projectQuotaCases } from './project-quota.ts'
import type { RuleCase } from './rule-case.ts'

/** At least one for each rule of crds/; where a rule has several ways of failing, one for each. */
export const ruleCases: RuleCase[] = [
  ...cloudCases,
  ...imageCases,
  ...flavorCases,
  ...keyPairCases,
  ...desktopTemplateCases,
  ...desktopCases,
  ...desktopPartCases,
  ...desktopResizeCases,
  ...projectQuotaCases,
]
