import type { Computed, Model } from '../engine/model.ts'
import type { Field } from '../engine/table-shape.ts'
import { comments, constant, description, requiredText, slug } from './fields.ts'

interface Simple {
  readonly key: string
  readonly path: string
  readonly className: string
  readonly verbose: string
  readonly fields?: readonly Field[]
  readonly computed?: readonly Computed[]
  readonly more?: Partial<Model>
}

/** Models that are little more than a unique name and slug. */
export function simple({ key, path, className, verbose, fields, computed, more }: Simple): Model {
  return {
    key,
    path,
    className,
    verbose,
    tags: true,
    customFields: true,
    fields: [
      requiredText('name', 100, { unique: true }),
      slug({ unique: true }),
      ...(fields ?? []),
      description,
      comments
    ],
    computed: [constant('owner', null), ...(computed ?? [])],
    nested: ['name', 'slug', 'description'],
    ordering: ['name'],
    display: (row) => String(row.name),
    ...more
  }
}
