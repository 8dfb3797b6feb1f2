import { cinderQuotasContract } from './cinder-quotas.contract.ts'
import { cinderVolumesContract } from './cinder-volumes.contract.ts'
import { glanceDataContract } from './glance-data.contract.ts'
import { glanceImagesContract } from './glance-images.contract.ts'
import { glanceImportContract } from './glance-import.contract.ts'
import { glanceListContract } from './glance-list.contract.ts'
import { glancePatchContract } from './glance-patch.contract.ts'
import { glanceSharingContract } from './glance-sharing.contract.ts'
import { keystoneContract } from './keystone.contract.ts'
import { limitsContract } from './limits.contract.ts'
import { neutronContract } from './neutron.contract.ts'
import { neutronAccessContract } from './neutron-access.contract.ts'
import { novaActionsContract } from './nova-actions.contract.ts'
import { novaFlavorsContract } from './nova-flavors.contract.ts'
import { novaKeyPairsContract } from './nova-key-pairs.contract.ts'
import { novaNetworksContract } from './nova-networks.contract.ts'
import { novaQuotasContract } from './nova-quotas.contract.ts'
import { novaResizeContract } from './nova-resize.contract.ts'
import { novaServersContract } from './nova-servers.contract.ts'
import type { Target } from './target.ts'

/** Everything that is relied upon about a cloud, as tests. What a real OpenStack answers is the truth. */
export function cloudContract(target: () => Target): void {
  keystoneContract(target)
  limitsContract(target)
  glanceImagesContract(target)
  glancePatchContract(target)
  glanceListContract(target)
  glanceDataContract(target)
  glanceImportContract(target)
  glanceSharingContract(target)
  neutronContract(target)
  neutronAccessContract(target)
  cinderVolumesContract(target)
  cinderQuotasContract(target)
  novaNetworksContract(target)
  novaFlavorsContract(target)
  novaKeyPairsContract(target)
  novaQuotasContract(target)
  novaServersContract(target)
  novaActionsContract(target)
  novaResizeContract(target)
}
