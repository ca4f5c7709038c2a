import { type Fields, type Item, type KindName, versionHas } from '@proxbox/contracts'
import { scaffoldKey } from '../key-of.ts'

const item = (kind: KindName, slug: string, fields: Fields): Item => ({
  key: scaffoldKey(kind, slug),
  kind,
  fields: { slug, ...fields }
})

/** Pure: types, roles and makers under the names that users of the old plugin have. */
export function scaffolding(netboxVersion: string, modes: readonly string[]): readonly Item[] {
  const clusterTypes = [...new Set(modes)].map((mode) =>
    item('cluster-type', mode, { name: mode === 'cluster' ? 'Cluster' : 'Standalone' })
  )
  const vmTypes = versionHas(netboxVersion, '4.6')
    ? [
        item('vm-type', 'qemu-virtual-machine', { name: 'QEMU Virtual Machine' }),
        item('vm-type', 'lxc-container', { name: 'LXC Container' })
      ]
    : []
  return [
    item('manufacturer', 'proxmox', { name: 'Proxmox' }),
    item('device-type', 'proxmox-generic-device', {
      model: 'Proxmox Generic Device',
      manufacturer: { ref: scaffoldKey('manufacturer', 'proxmox') },
      u_height: 1
    }),
    item('device-role', 'proxmox-node', {
      name: 'Proxmox Node',
      color: '00bcd4',
      vm_role: false
    }),
    item('device-role', 'virtual-machine-qemu', {
      name: 'Virtual Machine (QEMU)',
      color: '00ffff',
      vm_role: true
    }),
    item('device-role', 'container-lxc', {
      name: 'Container (LXC)',
      color: '7fffd4',
      vm_role: true
    }),
    ...clusterTypes,
    ...vmTypes
  ]
}
