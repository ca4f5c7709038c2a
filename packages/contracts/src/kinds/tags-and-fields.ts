import { choice, flag, initially, integer, named, seen, text } from './fields.ts'
import type { KindRows } from './kind-spec.ts'

/** What marks objects of other kinds. */
export const tagAndFieldKinds = {
  tag: {
    path: 'extras/tags/',
    model: 'extras.tag',
    hasTags: false,
    hasCustomFields: false,
    natural: ['slug'],
    fields: { ...named, color: initially('9e9e9e', text('fill', 6)) }
  },
  'custom-field': {
    path: 'extras/custom-fields/',
    model: 'extras.customfield',
    hasTags: false,
    hasCustomFields: false,
    natural: ['name'],
    fields: {
      name: text('fill', 50),
      type: { ...choice('fill'), createOnly: true },
      label: text('fill', 50),
      group_name: text('fill', 50),
      description: text('fill', 200),
      object_types: { type: 'list', policy: 'merge' },
      ui_editable: initially('yes', choice('fill')),
      ui_visible: initially('always', choice('fill')),
      search_weight: initially(1000, integer('fill')),
      filter_logic: initially('loose', choice('fill')),
      // What a new object has of it by itself.
      default: seen({ type: 'text', policy: 'fill' }),
      required: initially(false, seen(flag('fill'))),
      // NetBox ≥ 4.7.3: anything but active while it is in no force.
      status: initially('active', seen(choice('fill')))
    }
  }
} satisfies KindRows
