import type { Item } from '@proxbox/contracts'
import { macKey } from '../key-of.ts'

/** Pure: the MAC of an interface; it carries nothing else, so that NetBox can make it together with the interface. */
export const macItem = (interfaceKey: string, mac: string): Item => ({
  key: macKey(interfaceKey, mac),
  kind: 'mac-address',
  fields: { mac_address: mac.toUpperCase(), assigned_object: { ref: interfaceKey } },
  sources: { mac_address: 'config netN' }
})
