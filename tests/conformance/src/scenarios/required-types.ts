import { FIELDS, made, ours, VM, vm, vmWith } from './custom-field-steps.ts'
import type { Scenario, Step } from './scenario.ts'
import { world } from './world.ts'

const types: readonly Step[] = [
  {
    ask: 'POST /extras/custom-field-choice-sets/',
    body: {
      name: 'kinds',
      extra_choices: [
        ['a', 'A'],
        ['b', 'B']
      ]
    },
    keep: 'kinds',
    gives: 201
  },
  made({ name: 'flag', type: 'boolean', required: true, default: false, ui_editable: 'hidden' }),
  made({ name: 'number', type: 'integer', required: true, default: 0 }),
  made({ name: 'share', type: 'decimal', required: true, default: 1.5 }),
  made({ name: 'day', type: 'date', required: true, default: '2026-01-02' }),
  made({ name: 'link', type: 'url', required: true, default: 'https://a.example' }),
  made({ name: 'one', type: 'select', required: true, default: 'a', choice_set: '$kinds.id' }),
  made({
    name: 'many',
    type: 'multiselect',
    required: true,
    default: ['a', 'b'],
    choice_set: '$kinds.id'
  }),
  made({
    name: 'none',
    type: 'multiselect',
    required: true,
    default: [],
    choice_set: '$kinds.id'
  }),
  {
    ask: `POST ${FIELDS}`,
    body: {
      name: 'thing',
      type: 'object',
      object_types: [vm],
      related_object_type: 'dcim.site',
      required: true,
      default: '$site.id'
    },
    gives: 201,
    see: ['name', 'required'],
    // The default is an id.
    compare: 'seen'
  },
  {
    ask: `POST ${FIELDS}`,
    body: {
      name: 'things',
      type: 'multiobject',
      object_types: [vm],
      related_object_type: 'dcim.site',
      required: true,
      default: ['$site.id', '$site2.id']
    },
    gives: 201,
    see: ['name', 'required'],
    // The default is an id.
    compare: 'seen'
  },
  made({ name: 'data', type: 'json', required: true, default: { a: [1] } })
]

const typed = {
  flag: false,
  number: 0,
  share: 1.5,
  day: '2026-01-02',
  link: 'https://a.example',
  one: 'a',
  many: ['a', 'b'],
  none: [],
  thing: '$site.id',
  things: ['$site.id', '$site2.id'],
  data: { a: [1] }
}

/** Required custom fields by their types, and in which order they are missed. */
export const requiredTypes: readonly Scenario[] = [
  {
    name: 'required custom fields of several types, named in their own order',
    steps: [
      ...world,
      ours,
      ...types,
      { ask: `GET ${VM}{vm.id}/`, gives: 200, see: ['custom_fields.flag', 'custom_fields.many'] },
      {
        ...vmWith('silent', 201),
        see: ['flag', 'number', 'share', 'day', 'link', 'one', 'many', 'none', 'data'].map(
          (name) => `custom_fields.${name}`
        )
      },
      vmWith('some', 400, { ours: 'x' }),
      {
        ...vmWith('all', 201, { ours: 'x', ...typed }),
        see: ['flag', 'number', 'one', 'many', 'none', 'data', 'thing.name', 'things.1.name'].map(
          (name) => `custom_fields.${name}`
        )
      },
      made({ name: 'zone', type: 'text', required: true, default: 'z', group_name: 'A' }),
      made({ name: 'area', type: 'text', required: true, default: 'z', weight: 50 }),
      vmWith('order', 400, { ours: 'x', ...typed }),
      vmWith('order', 400, { ours: 'x', ...typed, area: 'z' }),
      vmWith('order', 400, { area: 'z', zone: 'z' }),
      vmWith('order', 400, { link: 7, flag: 7, area: 7 })
    ]
  },
  {
    name: 'the default of a custom field is checked as its values are',
    steps: [
      ...world,
      ours,
      {
        ask: `POST ${FIELDS}`,
        body: { name: 'a', type: 'text', object_types: [vm], required: true, default: '' },
        gives: 400
      },
      {
        ask: `POST ${FIELDS}`,
        body: { name: 'a', type: 'integer', object_types: [vm], default: 'x' },
        gives: 400
      },
      {
        ask: `POST ${FIELDS}`,
        body: {
          name: 'a',
          type: 'text',
          object_types: [vm],
          default: 'x',
          validation_regex: '^y'
        },
        gives: 400
      },
      made({ name: 'text', type: 'text', required: true, default: 5 }),
      vmWith('silent', 400),
      vmWith('all', 201, { ours: 'x', text: '5' })
    ]
  }
]
