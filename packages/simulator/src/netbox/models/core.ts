import type { Model } from '../engine/model.ts'
import { choice, integer, text } from './fields.ts'

const ACTIONS: [string, string][] = [
  ['create', 'Created'],
  ['update', 'Updated'],
  ['delete', 'Deleted']
]

const time = (isoText: string) => Date.parse(isoText)

const objectChange: Model = {
  key: 'core.objectchange',
  path: '/core/object-changes/',
  ui: '/core/changelog/',
  className: 'ObjectChange',
  verbose: 'object change',
  readOnly: true,
  fields: [
    text('time'),
    text('user_name'),
    text('request_id'),
    choice('action', ACTIONS),
    text('changed_object_type'),
    integer('changed_object_id'),
    text('object_repr'),
    text('message'),
    { name: 'prechange_data', kind: 'json' },
    { name: 'postchange_data', kind: 'json' }
  ],
  computed: [
    { name: 'user', value: (_row, view) => view.user },
    {
      name: 'changed_object',
      value: (row, view) => view.nested(String(row.changed_object_type), row.changed_object_id)
    }
  ],
  nested: [],
  ordering: ['-time'],
  search: ['user_name', 'object_repr', 'message'],
  indexes: {
    request_id: (row) => String(row.request_id),
    changed_object_type: (row) => String(row.changed_object_type)
  },
  filters: {
    time_after: { match: (row, value) => time(String(row.time)) >= time(value) },
    time_before: { match: (row, value) => time(String(row.time)) <= time(value) },
    user: { match: (row, value) => row.user_name === value },
    request_id: { match: (row, value) => row.request_id === value },
    changed_object_type: { match: (row, value) => row.changed_object_type === value }
  },
  display: (row, { models }) => {
    const key = String(row.changed_object_type)
    const app = key.split('.')[0] ?? ''
    const shown = ['dcim', 'ipam'].includes(app)
      ? app.toUpperCase()
      : app.replace(/^./, (letter) => letter.toUpperCase())
    const done = ACTIONS.find(([action]) => action === row.action)?.[1].toLowerCase()
    return `${shown} | ${models.get(key)?.verbose} ${row.object_repr} ${done} by ${row.user_name}`
  }
}

export const core: readonly Model[] = [objectChange]
