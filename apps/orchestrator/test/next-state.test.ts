import { type ErrorFacts, errorFacts, isEnded, ProxboxError, runStates } from '@proxbox/contracts'
import t from 'tap'
import { type LifeOfRun, nextState, type Transition } from '../src/runs/next-state.ts'

const pauses = [10_000, 60_000]
const wait = errorFacts(new ProxboxError('BACKEND_UNAVAILABLE', { endpoint: 'a' }))
const stop = errorFacts(new ProxboxError('BACKEND_REFUSED', { endpoint: 'a' }))
const bug: ErrorFacts = { code: 'INTERNAL', disposition: 'bug', detail: 'x' }
const life = (facts: Partial<LifeOfRun>): LifeOfRun => ({
  state: 'running',
  attempt: 1,
  startedMs: 0,
  timeoutMs: 7_200_000,
  isCancelRequested: false,
  ...facts
})
const next = (facts: Partial<LifeOfRun>, transition: Transition) =>
  nextState(life(facts), transition, pauses)
const failed = (error: ErrorFacts, atMs = 1000): Transition => ({ type: 'failed', error, atMs })

const everyTransition: readonly Transition[] = [
  { type: 'enqueued', atMs: 1 },
  { type: 'leased', atMs: 1 },
  { type: 'settled', outcome: 'succeeded' },
  { type: 'settled', outcome: 'degraded' },
  { type: 'settled', outcome: 'awaiting_approval' },
  failed(wait),
  failed(stop),
  failed(bug),
  { type: 'attempt-lost', error: wait, atMs: 1 },
  { type: 'timed-out' },
  { type: 'cancelled' },
  { type: 'approved' },
  { type: 'expired', error: stop }
]

t.test('a Run begins queued, and only so', async (t) => {
  t.same(nextState(undefined, { type: 'enqueued', atMs: 5 }, pauses), { state: 'queued', dueMs: 5 })
  for (const transition of everyTransition.slice(1))
    t.equal(nextState(undefined, transition, pauses), undefined, transition.type)
})

t.test('in every state exactly these transitions apply', async (t) => {
  const applies: Record<string, readonly string[]> = {
    queued: ['leased', 'timed-out', 'cancelled'],
    running: ['settled', 'failed', 'attempt-lost', 'timed-out', 'cancelled'],
    awaiting_approval: ['cancelled', 'approved', 'expired']
  }
  for (const state of runStates) {
    for (const transition of everyTransition) {
      const isAllowed = applies[state]?.includes(transition.type) ?? false
      const found = next({ state }, transition)
      t.equal(found !== undefined, isAllowed, `${state}: ${transition.type}`)
      if (isEnded(state)) t.equal(found, undefined, 'an ended Run stays as it is')
    }
  }
})

t.test('wait is tried again after 10 s and 60 s, three attempts in all', async (t) => {
  t.same(next({ attempt: 1 }, failed(wait)), { state: 'queued', dueMs: 11_000, why: wait })
  t.same(next({ attempt: 2 }, failed(wait)), { state: 'queued', dueMs: 61_000, why: wait })
  t.same(next({ attempt: 3 }, failed(wait)), { state: 'failed', error: wait })
  t.same(next({}, { type: 'attempt-lost', error: wait, atMs: 0 }), {
    state: 'queued',
    dueMs: 10_000,
    why: wait
  })
  t.same(next({}, failed(stop)), { state: 'failed', error: stop })
  t.same(next({}, failed(bug)), { state: 'failed', error: bug })
})

t.test('nothing goes on after the time of the Run', async (t) => {
  const short = { timeoutMs: 5000 }
  t.same(
    next(short, failed(wait)),
    { state: 'failed', error: wait },
    'the pause would end too late'
  )
  t.same(next(short, failed(wait, 5000)), { state: 'failed', error: 'timeout' })
  t.same(next({}, { type: 'timed-out' }), { state: 'failed', error: 'timeout' })
  const late: Transition = { type: 'leased', atMs: 5000 }
  t.same(next({ ...short, state: 'queued' }, late), { state: 'failed', error: 'timeout' })
  const unstarted = { state: 'queued', attempt: 0, startedMs: null, timeoutMs: 1 } as const
  t.same(next(unstarted, late), { state: 'running', attempt: 1 }, 'waiting in line takes no time')
})

t.test('a cancelled Run ends cancelled, whatever its attempt reports', async (t) => {
  t.same(next({ state: 'queued' }, { type: 'cancelled' }), { state: 'cancelled' })
  t.same(next({ state: 'awaiting_approval' }, { type: 'cancelled' }), { state: 'cancelled' })
  const expired: Transition = { type: 'expired', error: stop }
  t.same(next({ state: 'awaiting_approval' }, expired), { state: 'cancelled', error: stop })
  t.same(next({}, { type: 'cancelled' }), { state: 'running', isCancelRequested: true })
  for (const transition of everyTransition.slice(2, 10))
    t.same(next({ isCancelRequested: true }, transition), { state: 'cancelled' }, transition.type)
})

t.test('the attempt counts up with each lease', async (t) => {
  const leased: Transition = { type: 'leased', atMs: 1 }
  t.same(next({ state: 'queued', attempt: 2 }, leased), { state: 'running', attempt: 3 })
})
