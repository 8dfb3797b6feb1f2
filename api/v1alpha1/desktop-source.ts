import { z } from 'zod'
import { imageRef } from './desktop-parts.ts'
import { cel, objectName, reference, text } from './schema.ts'

const template = z.object({ name: objectName().describe('Name of the DesktopTemplate in the same namespace.') })

const image = z.object({
  imageRef,
  flavorRef: reference('the Flavor')
    .optional()
    .describe('The Flavor of the server. If absent, `spec.resources` says the size in full.'),
})

const existing = cel(
  z.object({
    id: text(36)
      .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/)
      .optional()
      .describe('Id of the server.'),
    name: text(255).min(1).optional().describe('Name of the server; exactly one in the project must match.'),
  }),
  { rule: 'has(self.id) != has(self.name)', message: 'set exactly one of id and name' },
)

/** What a desktop is made from: a union with one member per type. */
export const desktopSource = cel(
  z.object({
    type: z
      .enum(['Template', 'Image', 'Existing'])
      .describe(
        '`Template`: made from a DesktopTemplate as it is then. `Image`: made from an image. `Existing`: in Nova already.',
      ),
    template: template.optional().describe('For type Template. Later changes of the template leave the desktop alone.'),
    image: image.optional().describe('For type Image.'),
    existing: existing.optional().describe('For type Existing.'),
  }),
  {
    rule: "has(self.template) == (self.type == 'Template')",
    message: '`template` must be set exactly when `type` is Template',
    fieldPath: '.template',
  },
  {
    rule: "has(self.image) == (self.type == 'Image')",
    message: '`image` must be set exactly when `type` is Image',
    fieldPath: '.image',
  },
  {
    rule: "has(self.existing) == (self.type == 'Existing')",
    message: '`existing` must be set exactly when `type` is Existing',
    fieldPath: '.existing',
  },
).describe('What the desktop is made from.')
