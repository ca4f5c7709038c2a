import type { NetBoxServer } from '@proxbox/simulator/netbox'
import type { Test } from 'tap'
import type { Journey, Told } from './journey.ts'

/** One object: a warning with its row and a listed error in the same words, and the Run goes on. */
export function warns(
  t: Test,
  told: Told,
  code: string,
  wanted: { row: string; says: readonly string[] }
) {
  const found = told.events.filter(
    ({ event, data }) =>
      event === 'step' &&
      data.status === 'warning' &&
      data.code === code &&
      data.rowid === wanted.row
  )
  const messages = found.map(({ data }) => String(data.message))
  const fitting = messages.filter((text) => wanted.says.every((part) => text.includes(part)))
  const [message] = fitting
  if (message === undefined || fitting.length > 1)
    return t.fail(`${fitting.length} warnings ${code} of ${wanted.row}`, { messages })
  t.match(message, /[.!?]$/, 'a sentence')
  t.ok(
    (told.complete.errors as { detail: string }[]).some((error) => error.detail === message),
    'listed in complete'
  )
  t.ok(
    told.run.errors.some((error) => error.detail === message),
    'listed in the Run'
  )
  t.equal(told.complete.ok, true, 'the rest goes on')
}

/** What ends a Run: `error`, then `complete` with ok false, the same in the Run. */
function ends(t: Test, told: Told, code: string, says: readonly string[]) {
  const errors = told.events.filter(({ event }) => event === 'error')
  t.equal(errors.length, 1, 'only what ends the Run is an error, not each attempt')
  const last = errors.at(-1)?.data
  t.match(last, { status: 'failed', code }, `error with ${code}`)
  const detail = String(last?.detail)
  for (const part of says) t.ok(detail.includes(part), `${code} says "${part}"`, { found: detail })
  t.match(detail, /[.!?]$/, 'a sentence')
  t.equal(told.complete.ok, false)
  t.match(told.complete.errors, [{ code }])
  t.equal(told.run.state.value, 'failed')
  t.match(told.run.error, { code, detail }, 'the Run says the same')
}

/** A Run under other conditions; NetBox stays as it is when this is called. */
export function checkEnd(journey: Journey, netbox: Pick<NetBoxServer, 'state'>) {
  const good = netbox.state.canonical()
  return async (
    t: Test,
    wanted: { code: string; says: readonly string[] },
    during: { begin: () => unknown; end: () => unknown }
  ) => {
    await during.begin()
    try {
      ends(t, await journey.sync(), wanted.code, wanted.says)
    } finally {
      await during.end()
    }
    t.strictSame(netbox.state.canonical(), good, 'nothing was deleted or changed')
  }
}
