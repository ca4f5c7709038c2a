import { type Fields, isRef, type KindName, kindNames, kinds, versionHas } from '@proxbox/contracts'
import t from 'tap'
import { readItems } from '../src/index.ts'
import { make, openLab, signal, versions } from './estate.ts'

type Made = Readonly<Record<string, { ref: string }>>

/** The least that NetBox takes of each kind that Proxbox makes, in an order in which it takes it. */
const least: readonly (readonly [KindName, (made: Made) => Fields])[] = [
  ['tag', () => ({ name: 'one', slug: 'one' })],
  ['custom-field', () => ({ name: 'one', type: 'text', object_types: ['dcim.device'] })],
  ['manufacturer', () => ({ name: 'one', slug: 'one' })],
  [
    'device-type',
    (made) => ({ model: 'one', slug: 'one', manufacturer: of(made, 'manufacturer') })
  ],
  ['device-role', () => ({ name: 'one', slug: 'one' })],
  ['cluster-type', () => ({ name: 'one', slug: 'one' })],
  ['vm-type', () => ({ name: 'one', slug: 'one' })],
  ['platform', () => ({ name: 'one', slug: 'one' })],
  ['site', () => ({ name: 'one', slug: 'one' })],
  ['cluster', (made) => ({ name: 'one', type: of(made, 'cluster-type') })],
  ['vlan-group', () => ({ name: 'one', slug: 'one' })],
  ['vlan', () => ({ vid: 1, name: 'one' })],
  [
    'device',
    (made) => ({
      name: 'one',
      device_type: of(made, 'device-type'),
      role: of(made, 'device-role'),
      site: of(made, 'site')
    })
  ],
  ['interface', (made) => ({ device: of(made, 'device'), name: 'one', type: 'other' })],
  ['vm', (made) => ({ name: 'one', cluster: of(made, 'cluster') })],
  ['vm-interface', (made) => ({ virtual_machine: of(made, 'vm'), name: 'one' })],
  ['disk', (made) => ({ virtual_machine: of(made, 'vm'), name: 'one', size: 1 })],
  ['mac-address', () => ({ mac_address: 'BC:24:11:00:00:01' })],
  ['ip-address', () => ({ address: '192.0.2.1/24' })]
]

function of(made: Made, kind: KindName): { ref: string } {
  const found = made[kind]
  if (found === undefined) throw new Error(`no ${kind}`)
  return found
}

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  (Array.isArray(value) && value.length === 0)

t.test('the least of all kinds that are written is here', (t) => {
  const written = kindNames.filter((kind) => kinds[kind].readOnly !== true)
  t.strictSame(new Set(least.map(([kind]) => kind)), new Set(written))
  t.end()
})

for (const version of versions)
  t.test(`${version}: the table of kinds tells what a new object has by itself`, async (t) => {
    const { netbox } = await openLab(t, version)
    const made: Record<string, { ref: string }> = {}
    for (const [kind, fieldsOf] of least) {
      if (!versionHas(version, kinds[kind].since)) continue
      const sent = fieldsOf(made)
      Object.assign(made, await make(netbox, kind, { [kind]: sent }))
      const items = (await readItems(netbox, [kind], signal)).get(kind) ?? []
      const item = items.find(({ key }) => key === made[kind]?.ref)
      if (item === undefined) throw new Error(`${kind} was not read`)
      const told = Object.entries(item.fields).filter(
        ([field, value]) => sent[field] === undefined && !isEmpty(value) && !isRef(value)
      )
      for (const [field, value] of told) {
        const { computed = false, initial } = kinds[kind].fields[field] ?? {}
        if (!computed) t.equal(value, initial, `${kind}.${field}`)
      }
    }
  })
