/** NetBox takes mode and VLANs of an interface together, and empties what a mode has no room for: none goes alone. */
export const vlanFields: readonly string[] = ['mode', 'untagged_vlan', 'tagged_vlans']
