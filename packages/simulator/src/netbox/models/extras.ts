import { problemOf } from '../engine/custom-fields.ts'
import { addError } from '../engine/errors.ts'
import type { Model, Rules } from '../engine/model.ts'
import { isRecord, pythonText } from '../engine/python.ts'
import type { Draft, Row } from '../engine/row.ts'
import {
  COLOR,
  choice,
  comments,
  constant,
  description,
  flag,
  generic,
  genericTarget,
  integer,
  reference,
  requiredText,
  text
} from './fields.ts'
import { checkGeneric } from './rules.ts'

const tag: Model = {
  key: 'extras.tag',
  path: '/extras/tags/',
  className: 'Tag',
  verbose: 'tag',
  fields: [
    requiredText('name', 100, { unique: true }),
    requiredText('slug', 100, {
      unique: true,
      pattern: [
        /^[-\p{L}\p{N}_]+$/u,
        'Enter a valid “slug” consisting of Unicode letters, numbers, underscores, or hyphens.',
        'Enter a valid "slug" consisting of Unicode letters, numbers, underscores, or hyphens.'
      ]
    }),
    text('color', 6, { pattern: COLOR, blank: false, default: '9e9e9e' }),
    description,
    integer('weight', { nullable: false, min: 0, max: 32_767, default: 1000 }),
    { name: 'object_types', kind: 'types' }
  ],
  computed: [
    {
      name: 'tagged_items',
      value: (row, { context }) => {
        let count = 0
        for (const model of context.models.values()) {
          if (!model.tags) continue
          for (const { tags } of context.store.rows(model.key)) {
            if (Array.isArray(tags) && tags.includes(row.id)) count++
          }
        }
        return count
      }
    }
  ],
  nested: ['name', 'slug', 'color'],
  brief: ['name', 'slug', 'color', 'description'],
  ordering: ['weight', 'name'],
  display: (row) => String(row.name)
}

const TYPES: [string, string][] = [
  ['text', 'Text'],
  ['longtext', 'Text (long)'],
  ['integer', 'Integer'],
  ['decimal', 'Decimal'],
  ['boolean', 'Boolean'],
  ['date', 'Date'],
  ['datetime', 'Date & time'],
  ['url', 'URL'],
  ['json', 'JSON'],
  ['select', 'Selection'],
  ['multiselect', 'Multiple selection'],
  ['object', 'Object'],
  ['multiobject', 'Multiple objects']
]

const DATA_TYPES: Readonly<Record<string, string>> = {
  integer: 'integer',
  decimal: 'decimal',
  boolean: 'boolean',
  json: 'object',
  object: 'object',
  multiobject: 'array',
  multiselect: 'array'
}

/** Texts are checked as what they are written as. */
function checkDefault(draft: Draft, rules: Rules): void {
  const { default: value, type } = draft
  if (value === null || value === undefined) return
  const isText = type === 'text' || type === 'longtext'
  const problem = problemOf(rules, { id: 0, ...draft }, isText ? pythonText(value) : value)
  if (problem === undefined) return
  const text = `Invalid default value "${pythonText(value)}": ${problem}`
  addError(rules.errors, 'default', text)
}

function checkField(draft: Draft, before: Row | undefined, rules: Rules): void {
  const { errors } = rules
  checkDefault(draft, rules)
  if (errors.default !== undefined) return
  const isSelection = draft.type === 'select' || draft.type === 'multiselect'
  const isObject = draft.type === 'object' || draft.type === 'multiobject'
  const say = (field: string, message: string) => addError(errors, field, message)
  if (before && before.type !== draft.type) {
    say('type', 'Changing the type of custom fields is not supported.')
  } else if (isSelection && draft.choice_set === null) {
    say('choice_set', 'Selection fields must specify a set of choices.')
  } else if (!isSelection && draft.choice_set !== null) {
    say('choice_set', 'Choices may be set only on selection fields.')
  } else if (isObject && draft.related_object_type === null) {
    say('related_object_type', 'Object fields must define an object type.')
  } else if (!isRegex(String(draft.validation_regex))) {
    say('validation_regex', 'Enter a valid regular expression.')
  } else if (draft.unique && draft.type === 'boolean') {
    say('unique', 'Uniqueness cannot be enforced for boolean fields')
  }
}

function isRegex(text: string): boolean {
  try {
    return new RegExp(text) !== undefined
  } catch {
    return false
  }
}

const customField: Model = {
  key: 'extras.customfield',
  path: '/extras/custom-fields/',
  className: 'CustomField',
  verbose: 'custom field',
  fields: [
    { name: 'object_types', kind: 'types', required: true },
    choice('type', TYPES, { required: true }),
    { name: 'related_object_type', kind: 'type', nullable: true },
    requiredText('name', 50, {
      unique: true,
      pattern: [/^[a-z0-9_]+$/i, 'Only alphanumeric characters and underscores are allowed.']
    }),
    text('label', 50),
    text('group_name', 50),
    description,
    flag('required', false),
    flag('unique', false),
    integer('search_weight', { nullable: false, min: 0, max: 32_767, default: 1000 }),
    choice('filter_logic', ['disabled', 'loose', 'exact'], { default: 'loose' }),
    choice('ui_visible', ['always', ['if-set', 'If set'], 'hidden'], { default: 'always' }),
    choice('ui_editable', ['yes', 'no', 'hidden'], { default: 'yes' }),
    flag('is_cloneable', false),
    flag('nulls_first', true, { since: 7 }),
    { name: 'default', kind: 'json', nullable: true },
    { name: 'related_object_filter', kind: 'json', nullable: true },
    integer('weight', { nullable: false, min: 0, max: 32_767, default: 100 }),
    { name: 'validation_minimum', kind: 'json', nullable: true },
    { name: 'validation_maximum', kind: 'json', nullable: true },
    text('validation_regex', 500),
    { name: 'validation_schema', kind: 'json', nullable: true, since: 6 },
    reference('choice_set', 'extras.customfieldchoiceset', {
      onDelete: 'protect',
      nestedAs: ['name', 'description', 'choices_count']
    }),
    comments
  ],
  computed: [
    { name: 'data_type', value: (row) => DATA_TYPES[String(row.type)] ?? 'string' },
    constant('status', { value: 'active', label: 'Active' }, 7),
    constant('owner', null)
  ],
  nested: ['name', 'description'],
  ordering: ['group_name', 'weight', 'name'],
  filters: {
    object_type: {
      match: (row, value) => Array.isArray(row.object_types) && row.object_types.includes(value)
    }
  },
  display: (row) => {
    const shown = String(row.label || String(row.name).replaceAll('_', ' '))
    return shown.replace(/^./, (letter) => letter.toUpperCase())
  },
  prepare: (draft, _before, { errors }) => {
    if (String(draft.name).includes('__') && !errors.name) {
      addError(errors, 'name', 'Double underscores are not permitted in custom field names.')
    }
  },
  clean: checkField,
  saved: (row, before, { store }) => {
    const types = Array.isArray(row.object_types) ? row.object_types.map(String) : []
    const old = Array.isArray(before?.object_types) ? before.object_types.map(String) : []
    for (const gone of old.filter((type) => !types.includes(type))) strip(row, gone, store)
    if (row.default === null) return
    for (const type of types.filter((one) => !old.includes(one))) fillDefault(row, type, store)
  },
  deleted: (row, { store }) => {
    const types = Array.isArray(row.object_types) ? row.object_types.map(String) : []
    for (const type of types) strip(row, type, store)
  }
}

type Rows = Pick<Rules['store'], 'rows' | 'put'>

function strip(definition: Row, type: string, store: Rows): void {
  const name = String(definition.name)
  for (const row of [...store.rows(type)]) {
    if (!isRecord(row.custom_fields) || !(name in row.custom_fields)) continue
    const { [name]: _gone, ...rest } = row.custom_fields
    store.put(type, { ...row, custom_fields: rest })
  }
}

/** A new field with a default fills all rows of its types, without changelog. */
function fillDefault(definition: Row, type: string, store: Rows): void {
  const name = String(definition.name)
  for (const row of [...store.rows(type)]) {
    if (!isRecord(row.custom_fields) || name in row.custom_fields) continue
    const custom = { ...row.custom_fields, [name]: definition.default }
    store.put(type, { ...row, custom_fields: custom })
  }
}

const choiceSet: Model = {
  key: 'extras.customfieldchoiceset',
  path: '/extras/custom-field-choice-sets/',
  ui: '/extras/custom-field-choices/',
  className: 'CustomFieldChoiceSet',
  verbose: 'custom field choice set',
  fields: [
    requiredText('name', 100, { unique: true }),
    description,
    choice('base_choices', ['IATA', 'ISO_3166', 'UN_LOCODE'], { nullable: true }),
    { name: 'extra_choices', kind: 'json', nullable: true },
    { name: 'choice_colors', kind: 'json', since: 6, default: {} },
    flag('order_alphabetically', false)
  ],
  computed: [
    {
      name: 'choices_count',
      value: ({ extra_choices: extra }) => (Array.isArray(extra) ? extra.length : 0)
    },
    constant('owner', null)
  ],
  nested: ['name', 'description'],
  brief: ['name', 'description', 'choices_count'],
  ordering: ['name'],
  display: (row) => String(row.name),
  clean: ({ base_choices: base, extra_choices: extra }, _before, { errors }) => {
    if (!base && !extra) addError(errors, '__all__', 'Must define base or extra choices.')
  }
}

const JOURNALED = [
  'virtualization.virtualmachine',
  'virtualization.cluster',
  'dcim.device',
  'dcim.site',
  'virtualization.vminterface',
  'virtualization.virtualdisk',
  'dcim.interface',
  'ipam.ipaddress',
  'ipam.prefix',
  'ipam.vlan',
  'dcim.macaddress',
  'tenancy.tenant'
]

const journalEntry: Model = {
  key: 'extras.journalentry',
  path: '/extras/journal-entries/',
  className: 'JournalEntry',
  verbose: 'journal entry',
  tags: true,
  customFields: true,
  fields: [
    ...generic('assigned_object', JOURNALED, { required: true, nullable: false }),
    integer('created_by', { readOnly: true, default: 1 }),
    choice('kind', ['info', 'success', 'warning', 'danger'], { default: 'info' }),
    requiredText('comments', 1_000_000)
  ],
  computed: [genericTarget('assigned_object')],
  nested: ['created'],
  ordering: ['-created'],
  search: ['comments'],
  display: (row) => {
    const at = String(row.created).slice(0, 16).replace('T', ' ')
    return `${at} (${String(row.kind).replace(/^./, (letter) => letter.toUpperCase())})`
  },
  prepare: (draft, _before, rules) => checkGeneric('assigned_object', draft, rules)
}

export const extras: readonly Model[] = [tag, customField, choiceSet, journalEntry]
