import {
  type Change,
  type Fields,
  type Intent,
  labelAt,
  ownValues,
  type PlanStep
} from '@proxbox/contracts'

type Changes = ReadonlyMap<string, Change>

/** Pure: a Change as the Plan holds it, and with only the fields that this step sends, at the values of this step. */
export function sentChange(
  step: PlanStep,
  planned: PlanStep['entries'][number],
  changes: Changes
): { whole: Change; change: Change } {
  const whole = changes.get(planned.key)
  if (whole === undefined) throw new Error(`the plan has a step for ${planned.key} but no Change`)
  const sent = new Set(planned.fields)
  const after = { ...pick(whole.after, sent), ...planned.values }
  const change = {
    ...whole,
    action: step.action,
    label: labelAt(whole, after, planned.before),
    // Of what is deleted the whole image is kept: an undo makes it again.
    before:
      step.action === 'delete' ? whole.before : { ...pick(whole.before, sent), ...planned.before },
    after
  }
  return { whole, change }
}

const pick = (fields: Fields, names: ReadonlySet<string>): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => names.has(name)))

/** Pure: what is announced before a Change is written, with the MAC that comes with its interface. */
export function intentsOf({
  change,
  mac
}: {
  readonly change: Change
  readonly mac: Change | undefined
}): Intent[] {
  const intent = (one: Change): Intent => ({
    key: one.key,
    kind: one.kind,
    action: one.action,
    netbox_id: one.netbox_id,
    before: one.before,
    values: ownValues(one)
  })
  return mac === undefined ? [intent(change)] : [intent(change), intent(mac)]
}

/** Pure: all that a creating step announces; nothing of it depends on what is written before. */
export const createIntents = (step: PlanStep, changes: Changes): Intent[] =>
  step.entries.flatMap((planned) => {
    const { change } = sentChange(step, planned, changes)
    const mac = planned.with_mac === undefined ? undefined : changes.get(planned.with_mac)
    return intentsOf({ change, mac })
  })
