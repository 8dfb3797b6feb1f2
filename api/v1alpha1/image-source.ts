import { z } from 'zod'
import { cel, reference, text } from './schema.ts'

const checksum = cel(
  z.object({
    algorithm: z
      .enum(['SHA512', 'SHA256', 'MD5'])
      .describe('Algorithm. MD5 proves nothing against an attacker; a warning event says so.'),
    value: text(128)
      .regex(/^[0-9a-fA-F]+$/)
      .describe('Digest in hexadecimal.'),
  }),
  {
    rule: "size(self.value) == (self.algorithm == 'SHA512' ? 128 : self.algorithm == 'SHA256' ? 64 : 32)",
    message: 'value must have 128 hexadecimal digits for SHA512, 64 for SHA256, 32 for MD5',
    fieldPath: '.value',
  },
)

const http = cel(
  z.object({
    url: text(2048)
      .regex(/^https?:\/\/[^/@\s]+(\/\S*)?$/)
      .describe('http or https address of the file; no user or password in it.'),
    checksum: checksum
      .optional()
      .describe(
        'What the file, as it is published (packed, if it is), must hash to. Checked before the image becomes usable.',
      ),
    via: z
      .enum(['Operator', 'Glance'])
      .optional()
      .describe(
        '`Operator`: the bytes go through the operator. `Glance`: the cloud downloads by itself (web-download), the image stays private and hidden until it is checked. `Operator` if absent.',
      ),
    secretRef: reference('a Secret of type `vdi.auxo.dev/http` with `username` and `password`, or `token`')
      .optional()
      .describe('Credentials for the address.'),
    caRef: reference('a ConfigMap with the key `ca.crt`')
      .optional()
      .describe('Certificates (PEM) that prove the address.'),
    decompress: z
      .enum(['None', 'Gzip', 'Xz'])
      .optional()
      .describe('How the file is packed; Glance gets it unpacked. `None` if absent.'),
  }),
  {
    rule: "!has(self.via) || self.via != 'Glance' || (!has(self.secretRef) && !has(self.caRef) && (!has(self.decompress) || self.decompress == 'None'))",
    message:
      'Glance downloads without credentials, certificates or unpacking; leave secretRef, caRef and decompress out, or use via: Operator',
  },
)

const upload = z.object({
  size: text(24)
    .regex(/^[1-9][0-9]{0,18}(Ki|Mi|Gi|Ti)?$/)
    .optional()
    .describe('The most bytes that are accepted: `9Gi`. What the client announces counts as the exact size.'),
  via: z
    .enum(['Operator', 'Glance'])
    .optional()
    .describe(
      '`Operator`: the bytes become the image as they come. `Glance`: they go to the staging area of the cloud, which imports them (glance-direct); the image stays private and hidden until it is checked. `Operator` if absent.',
    ),
})

const existing = cel(
  z.object({
    id: text(36)
      .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/)
      .optional()
      .describe('Id of the image.'),
    name: text(255).min(1).optional().describe('Name of the image; exactly one that is visible must match.'),
  }),
  { rule: 'has(self.id) != has(self.name)', message: 'set exactly one of id and name' },
)

/** Where the bytes of an image come from: a union with one member per type. */
export const imageSource = cel(
  z.object({
    type: z
      .enum(['HTTP', 'Upload', 'Existing'])
      .describe('`HTTP`: fetched from a URL. `Upload`: sent by a client. `Existing`: in Glance already.'),
    http: http.optional().describe('For type HTTP.'),
    upload: upload.optional().describe('For type Upload.'),
    existing: existing.optional().describe('For type Existing.'),
  }),
  {
    rule: "has(self.http) == (self.type == 'HTTP')",
    message: '`http` must be set exactly when `type` is HTTP',
    fieldPath: '.http',
  },
  {
    rule: "!has(self.upload) || self.type == 'Upload'",
    message: '`upload` can be set only when `type` is Upload',
    fieldPath: '.upload',
  },
  {
    rule: "has(self.existing) == (self.type == 'Existing')",
    message: '`existing` must be set exactly when `type` is Existing',
    fieldPath: '.existing',
  },
).describe('Where the image comes from.')
