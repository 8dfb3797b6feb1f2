import type { Image } from '../../api/v1alpha1/objects.ts'

/** How Glance takes the data, where it does more than receive it: spec says `via: Glance`. */
export function importMethod({ spec }: Pick<Image, 'spec'>): 'web-download' | 'glance-direct' | undefined {
  const { http, upload } = spec.source
  if (http?.via === 'Glance') return 'web-download'
  return upload?.via === 'Glance' ? 'glance-direct' : undefined
}

/** What Glance is doing while it imports. */
export function importingMessage(image: Pick<Image, 'spec'>): string {
  return importMethod(image) === 'glance-direct'
    ? 'Glance is importing what was sent to its staging area'
    : 'Glance is downloading the image'
}
