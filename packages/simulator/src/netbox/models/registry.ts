import type { Model } from '../engine/model.ts'
import { clusters } from './clusters.ts'
import { core } from './core.ts'
import { deviceInterfaces } from './device-interfaces.ts'
import { devices } from './devices.ts'
import { extras } from './extras.ts'
import { hardware } from './hardware.ts'
import { ipAddresses } from './ip-addresses.ts'
import { ipam } from './ipam.ts'
import { macAddresses } from './mac-addresses.ts'
import { places } from './places.ts'
import { tenancy } from './tenancy.ts'
import { virtualMachines } from './virtual-machine.ts'
import { vlans } from './vlans.ts'
import { vmParts } from './vm-parts.ts'

/** Every model that the simulator knows; those of later versions are left out when it is built. */
export const registry: readonly Model[] = [
  ...extras,
  ...core,
  ...tenancy,
  ...places,
  ...hardware,
  ...clusters,
  ...devices,
  ...deviceInterfaces,
  ...macAddresses,
  ...virtualMachines,
  ...vmParts,
  ...ipam,
  ...vlans,
  ...ipAddresses
]
