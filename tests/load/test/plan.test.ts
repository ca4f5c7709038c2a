import { planChanges } from '@proxbox/reconcile'
import t from 'tap'
import { judge } from '../src/plan/bench-plan.ts'
import { itemsOf, planCases, planInputs, requirePlan } from '../src/plan/plan-cases.ts'

t.test('the benchmark plans what it says: all, nothing, every tenth guest', async (t) => {
  const guests = 60
  const inputs = planInputs(guests)
  for (const name of planCases) {
    const plan = planChanges(inputs[name]())
    requirePlan(name, guests, plan)
    t.ok(itemsOf(plan) >= 7 * guests, name)
  }
  const plan = planChanges(inputs.first())
  t.throws(() => requirePlan('unchanged', guests, plan), { message: /unchanged: \d+ Changes/ })
  t.throws(() => requirePlan('changed', guests, plan), { message: /changed: \d+ Changes/ })
})

t.test('each number beyond its budget is named', async (t) => {
  const one = { name: 'first', items: 1, changes: 1, seconds: 9 } as const
  const small = { ...one, guests: 1000, cpuSeconds: 0.2, peakMib: 100 }
  const large = { ...one, guests: 10_000, cpuSeconds: 2.4, peakMib: 700 }
  t.same(judge([small, large]).overBudget, [])
  t.equal(Math.round(judge([small, large]).ratios.first ?? 0), 12)
  t.same(judge([small, { ...large, cpuSeconds: 3.1, peakMib: 701 }]).overBudget, [
    'first: 3.10 s',
    'first: 701 MiB',
    'first: ratio 15.5'
  ])
})
