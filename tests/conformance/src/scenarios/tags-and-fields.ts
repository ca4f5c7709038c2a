import type { Scenario, Step } from './scenario.ts'
import { world } from './world.ts'

const VM = '/virtualization/virtual-machines/'
const slugs = ['tags.length', 'tags.0.slug', 'tags.1.slug'] as const

const customFields: readonly Step[] = [
  {
    ask: 'POST /extras/custom-fields/',
    body: {
      name: 'vmid',
      type: 'integer',
      object_types: ['virtualization.virtualmachine'],
      validation_minimum: 100
    },
    keep: 'vmid',
    gives: 201,
    see: ['name', 'type', 'object_types', 'required', 'ui_visible', 'filter_logic']
  },
  {
    ask: 'POST /extras/custom-fields/',
    body: { name: 'key', type: 'text', object_types: ['virtualization.virtualmachine'] },
    gives: 201
  }
]

export const tagsAndFields: readonly Scenario[] = [
  {
    name: 'tags replace, add_tags and remove_tags change',
    steps: [
      ...world,
      { ask: `PATCH ${VM}{vm.id}/`, body: { tags: ['$one.id'] }, gives: 200, see: slugs },
      { ask: `PATCH ${VM}{vm.id}/`, body: { tags: [{ slug: 'two' }] }, gives: 200, see: slugs },
      { ask: `PATCH ${VM}{vm.id}/`, body: { add_tags: ['$one.id'] }, gives: 200, see: slugs },
      { ask: `PATCH ${VM}{vm.id}/`, body: { add_tags: [{ name: 'one' }] }, gives: 200, see: slugs },
      { ask: `PATCH ${VM}{vm.id}/`, body: { remove_tags: ['$two.id'] }, gives: 200, see: slugs },
      { ask: `PATCH ${VM}{vm.id}/`, body: { remove_tags: ['$two.id'] }, gives: 200, see: slugs },
      {
        ask: `PATCH ${VM}{vm.id}/`,
        body: { tags: ['$one.id'], add_tags: ['$two.id'] },
        gives: 400
      },
      {
        ask: `PATCH ${VM}{vm.id}/`,
        body: { add_tags: ['$one.id'], remove_tags: ['$one.id'] },
        gives: 400
      },
      { ask: `PATCH ${VM}{vm.id}/`, body: { tags: [99999] }, gives: 400 },
      { ask: `PATCH ${VM}{vm.id}/`, body: { tags: [{ slug: 'none' }] }, gives: 400 },
      { ask: `PATCH ${VM}{vm.id}/`, body: { tags: ['one'] }, gives: 400 },
      { ask: `PATCH ${VM}{vm.id}/`, body: { tags: null }, gives: 400 },
      { ask: `PATCH ${VM}{vm.id}/`, body: { tags: 7 }, gives: 400 },
      { ask: `PATCH ${VM}{vm.id}/`, body: { add_tags: [99999] }, gives: 500 },
      {
        ask: `POST ${VM}`,
        body: { name: 'tagged', cluster: '$cluster.id', tags: ['$two.id', '$one.id'] },
        gives: 201,
        see: slugs
      },
      {
        ask: `POST ${VM}`,
        body: { name: 'added', cluster: '$cluster.id', add_tags: ['$two.id'] },
        gives: 201,
        see: slugs
      },
      { ask: `PATCH ${VM}{vm.id}/`, body: { tags: [] }, gives: 200, see: slugs },
      { ask: `GET ${VM}?tag=one`, gives: 200, see: ['count'] },
      { ask: `GET ${VM}?tag=one&tag=two`, gives: 200, see: ['count'] }
    ]
  },
  {
    name: 'a tag may be bound to kinds of objects',
    steps: [
      ...world,
      {
        ask: 'POST /extras/tags/',
        body: { name: 'sites', slug: 'sites', object_types: ['dcim.site'] },
        keep: 'bound',
        gives: 201,
        see: ['object_types']
      },
      { ask: `PATCH ${VM}{vm.id}/`, body: { tags: ['$bound.id'] }, gives: 400 },
      { ask: `PATCH ${VM}{vm.id}/`, body: { add_tags: ['$bound.id'] }, gives: 400 },
      {
        ask: 'POST /extras/tags/',
        body: { name: 'x', slug: 'x', object_types: ['no.model'] },
        gives: 400
      }
    ]
  },
  {
    name: 'custom fields are merged, checked and known by name',
    steps: [
      ...world,
      ...customFields,
      { ask: `GET ${VM}{vm.id}/`, gives: 200, see: ['custom_fields'] },
      {
        ask: `PATCH ${VM}{vm.id}/`,
        body: { custom_fields: { vmid: 101 } },
        gives: 200,
        see: ['custom_fields']
      },
      {
        ask: `PATCH ${VM}{vm.id}/`,
        body: { custom_fields: { key: 'k' } },
        gives: 200,
        see: ['custom_fields']
      },
      { ask: `PATCH ${VM}{vm.id}/`, body: { custom_fields: { vmid: 'many' } }, gives: 400 },
      { ask: `PATCH ${VM}{vm.id}/`, body: { custom_fields: { vmid: '101' } }, gives: 400 },
      { ask: `PATCH ${VM}{vm.id}/`, body: { custom_fields: { vmid: 99 } }, gives: 400 },
      { ask: `PATCH ${VM}{vm.id}/`, body: { custom_fields: { key: 7 } }, gives: 400 },
      { ask: `PATCH ${VM}{vm.id}/`, body: { custom_fields: { nothing: 1 } }, gives: 400 },
      { ask: `PATCH ${VM}{vm.id}/`, body: { custom_fields: [] }, gives: 400 },
      {
        ask: `PATCH ${VM}{vm.id}/`,
        body: { custom_fields: { key: null } },
        gives: 200,
        see: ['custom_fields']
      },
      { ask: `GET ${VM}?cf_vmid=101`, gives: 200, see: ['count'] },
      { ask: `GET ${VM}?cf_vmid=102`, gives: 200, see: ['count'] },
      { ask: `GET ${VM}?cf_vmid__gte=100`, gives: 200, see: ['count'] },
      { ask: `GET ${VM}?cf_nothing=102`, gives: 200, see: ['count'] },
      {
        ask: `POST ${VM}`,
        body: { name: 'db', cluster: '$cluster.id', custom_fields: { vmid: 102 } },
        gives: 201,
        see: ['custom_fields']
      },
      { ask: 'DELETE /extras/custom-fields/{vmid.id}/', gives: 204 },
      { ask: `GET ${VM}{vm.id}/`, gives: 200, see: ['custom_fields'] }
    ]
  },
  {
    name: 'the definition of a custom field is checked',
    steps: [
      ...customFields,
      {
        ask: 'POST /extras/custom-fields/',
        body: { name: 'vmid', type: 'text', object_types: ['dcim.device'] },
        gives: 400
      },
      {
        ask: 'POST /extras/custom-fields/',
        body: { name: 'with-dash', type: 'text', object_types: ['dcim.device'] },
        gives: 400
      },
      {
        ask: 'POST /extras/custom-fields/',
        body: { name: 'two__scores', type: 'text', object_types: ['dcim.device'] },
        gives: 400
      },
      { ask: 'POST /extras/custom-fields/', body: { name: 'a', type: 'text' }, gives: 400 },
      {
        ask: 'POST /extras/custom-fields/',
        body: { name: 'a', type: 'odd', object_types: ['dcim.device'] },
        gives: 400
      },
      {
        ask: 'POST /extras/custom-fields/',
        body: { name: 'a', type: 'select', object_types: ['dcim.device'] },
        gives: 400
      },
      { ask: 'PATCH /extras/custom-fields/{vmid.id}/', body: { type: 'text' }, gives: 400 },
      {
        ask: 'PATCH /extras/custom-fields/{vmid.id}/',
        body: { object_types: ['dcim.device'] },
        gives: 200,
        see: ['object_types']
      }
    ]
  }
]
