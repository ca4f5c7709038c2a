import {
  type Change,
  type CurrentItem,
  type Fields,
  isRef,
  type Notice,
  netboxKey
} from '@proxbox/contracts'
import { translated } from '../diff/translated.ts'
import { stillUsed } from './still-used.ts'
import { touchedSince } from './touched-since.ts'
import { currentOf, notice, type UndoContext, unseen } from './undo-context.ts'

interface Going {
  readonly change: Change
  readonly item: CurrentItem
}

/** Pure: what was made and is still there as we made it, by NetBox key; the rest, seen or not, is named. */
function untouched(context: UndoContext): { going: Map<string, Going>; notices: Notice[] } {
  const { input, rows } = context
  const notices: Notice[] = []
  const going = new Map<string, Going>()
  for (const change of input.changes.filter(({ action }) => action === 'create')) {
    if (isIdentityTag(change, input.identityTag)) continue
    const item = currentOf(change, context)
    if (item === undefined) {
      if (isStillKnown(change, context)) notices.push(unseen(change))
      continue
    }
    const lastWritten = rows.get(change.key)?.last_written ?? {}
    const touched = touchedSince(change, item, { ...context, lastWritten })
    const unread = input.unread?.get(item.key)
    if (touched.length > 0)
      notices.push(notice(change, `stays: ${touched.join(', ')} was changed since.`))
    else if (unread !== undefined) notices.push(notice(change, `stays: ${unread} hangs on it.`))
    else going.set(item.key, { change, item })
  }
  return { going, notices }
}

const isIdentityTag = ({ kind, after }: Change, slug: string): boolean =>
  kind === 'tag' && after.slug === slug

/** Pure: what the Ledger does not know any more has been deleted by another Run: there is nothing to take back. */
const isStillKnown = ({ key, netbox_id }: Change, { rows }: UndoContext): boolean =>
  rows.get(key)?.netbox_id === netbox_id

/** Pure: fields that the undo itself sets, by NetBox key. */
const fieldsAfter = (updates: readonly Change[], { resolve }: UndoContext): Map<string, Fields> =>
  new Map(
    updates.map(({ kind, netbox_id, after }) => [
      netboxKey(kind, netbox_id ?? 0),
      Object.fromEntries(
        Object.entries(after).map(([field, value]) => [field, translated(value, resolve)])
      )
    ])
  )

/** Pure: tags that NetBox counts more often than the objects show that were read. */
function tagsUsedElsewhere({ input }: UndoContext): ReadonlySet<string> {
  const seen = new Map<string, number>()
  for (const { fields } of input.current)
    for (const tag of Array.isArray(fields.tags) ? fields.tags : [])
      if (isRef(tag)) seen.set(tag.ref, (seen.get(tag.ref) ?? 0) + 1)
  return new Set(
    [...input.tagUses].flatMap(([id, uses]) => {
      const key = netboxKey('tag', id)
      return uses > (seen.get(key) ?? 0) ? [key] : []
    })
  )
}

/** Pure: what was made is deleted, unless a person has made it theirs or something that stays uses it. */
export function undoCreates(
  context: UndoContext,
  updates: readonly Change[]
): { deletes: Change[]; notices: Notice[] } {
  const { going, notices } = untouched(context)
  const after = fieldsAfter(updates, context)
  const used = stillUsed(context.input.current, new Set(going.keys()), after)
  const elsewhere = tagsUsedElsewhere(context)
  const deletes: Change[] = []
  for (const [key, { change, item }] of going) {
    const user = used.get(key)
    if (user !== undefined || elsewhere.has(key)) {
      const by = user === undefined ? 'something else' : `${user.kind} ${user.label}`
      notices.push(notice(change, `stays: ${by} uses it.`))
    } else deletes.push(deletion(change, item, context))
  }
  return { deletes, notices }
}

const deletion = (change: Change, item: CurrentItem, { ours }: UndoContext): Change => ({
  ...change,
  action: 'delete',
  before: Object.fromEntries(
    Object.entries(item.fields).map(([field, value]) => [field, ours(value)])
  ),
  after: {},
  why: {}
})
