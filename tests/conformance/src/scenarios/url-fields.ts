import { FIELDS, VM, vm } from './custom-field-steps.ts'
import type { Scenario, Step } from './scenario.ts'
import { world } from './world.ts'

const said = (value: string, gives: number): Step => ({
  ask: `PATCH ${VM}{vm.id}/`,
  body: { custom_fields: { link: value } },
  gives,
  ...(gives === 200 ? { see: ['custom_fields'] } : {})
})

/** What NetBox makes of an address in a custom field. */
export const urlFields: readonly Scenario[] = [
  {
    name: 'a custom field of type url takes a scheme where it is given none',
    steps: [
      ...world,
      {
        ask: `POST ${FIELDS}`,
        body: { name: 'link', type: 'url', object_types: [vm] },
        gives: 201,
        see: ['name']
      },
      said('lab', 200),
      said(' lab ', 200),
      said('//pve.example/a', 200),
      said('pve.example/a:b', 200),
      said('[2001:db8::5]:8006', 200),
      said('1a:8006', 200),
      said('HTTPS://PVE.example/#v1:0:=qemu%2F100', 200),
      said('ftp://pve.example', 200),
      said('a_b:c', 200),
      said('pve.example:8006/a', 400),
      said('pve:8006', 400),
      said('javascript:alert(1)', 400)
    ]
  },
  {
    name: 'the default of a required custom field of type url is sent as any address',
    steps: [
      ...world,
      {
        ask: `POST ${FIELDS}`,
        body: { name: 'link', type: 'url', object_types: [vm], required: true, default: 'lab' },
        gives: 201,
        see: ['default']
      },
      {
        ask: `POST ${VM}`,
        body: { name: 'silent', cluster: '$cluster.id' },
        gives: 201,
        see: ['custom_fields']
      },
      {
        ask: `POST ${VM}`,
        body: { name: 'told', cluster: '$cluster.id', custom_fields: { link: 'lab' } },
        gives: 201,
        see: ['custom_fields']
      }
    ]
  }
]
