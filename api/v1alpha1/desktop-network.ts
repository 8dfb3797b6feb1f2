import { z } from 'zod'
import { interfaceNetwork, itemName } from './desktop-parts.ts'
import { cel, listByKey, listSet, nameOrID, text } from './schema.ts'

const address = cel(text(45).min(2), { rule: 'isIP(self)', message: 'is not an IPv4 or IPv6 address' })

const networkInterface = z.object({
  name: itemName().describe('Name of the interface: `nic0`. One of the same name in the template is replaced.'),
  network: interfaceNetwork(),
  fixedIPs: listSet(address, 8)
    .optional()
    .describe(
      'Addresses within subnets of the network; Neutron’s choice if absent. The first is asked for when the server is made; further ones, and changes, are not carried out yet.',
    ),
})

/** Interfaces of one desktop, in this order. */
export const desktopNetworks = listByKey(networkInterface, 'name', 16)
  .min(1)
  .describe(
    'Interfaces that the server is made with, in this order; those of the template if absent. Changes once the server is there are not carried out yet.',
  )

/** A floating IP of one desktop: a given one, or one that lives with it. */
export const floatingIP = cel(
  z.object({
    address: address
      .optional()
      .describe('A floating IP that the project has. It is only associated, and left when the desktop goes.'),
    network: nameOrID('the external network')
      .optional()
      .describe('Allocate one from this external network; it is given back with the desktop.'),
    interface: itemName().optional().describe('The interface that it leads to; the first if absent.'),
  }),
  { rule: 'has(self.address) != has(self.network)', message: 'set exactly one of address and network' },
).describe('The floating IP of the desktop. Absent: floating IPs are not touched.')
