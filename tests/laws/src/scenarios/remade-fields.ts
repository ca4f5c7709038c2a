import { Lab } from './lab.ts'
import { vmKey } from './proxmox-lab.ts'
import { mustEqual, type Scenario } from './scenario.ts'

const models = ['virtualization.virtualmachine', 'dcim.device', 'virtualization.cluster']

/** A person deletes a custom field of ours and makes it anew with type `url`: its values are gone, and come back once. */
const remade = (name: string, linkBase: string): Scenario => ({
  name: `${name} made anew by hand with type url is written once (${linkBase})`,
  holds: async (bench) => {
    const connections = { caaaaaaaa: { linkBase } }
    const lab = await Lab.open(bench, [{ vmid: 100, name: 'web' }], { connections })
    const stored = (await lab.stored(vmKey(100)))[`cf.${name}`]
    const old = (await lab.all('custom-field')).find(({ fields }) => fields.name === name)
    await lab.netbox.call('DELETE', `extras/custom-fields/${old?.netbox_id}/`)
    const body = { name, type: 'url', object_types: models }
    await lab.netbox.call('POST', 'extras/custom-fields/', body)
    await lab.sync()
    await lab.quiet()
    const now = (await lab.stored(vmKey(100)))[`cf.${name}`]
    const plain = (value: unknown) => String(value).replace(/^https:\/\//, '')
    mustEqual(plain(now), plain(stored), `${name} of the VM`)
    // Without its Ledger a NetBox is recognised by these fields.
    lab.ledger.clear()
    await lab.sync()
    await lab.quiet()
    mustEqual((await lab.all('vm')).length, 1, 'VMs')
  }
})

export const remadeFields: readonly Scenario[] = [
  remade('proxmox_link', 'https://pve.example.org:8006'),
  remade('proxmox_link', 'pve.example.org:8006'),
  remade('proxmox_node', '//pve.example.org'),
  remade('proxmox_cluster', 'pve.example.org/pve')
]
