import t from 'tap'
import { openPace } from '../src/pace.ts'

const limits = { lanes: 3, batchSize: 100 }

t.test('slow answers make batches smaller, once for all lanes, and keep the lanes', async (t) => {
  const pace = openPace(limits)
  for (const ms of [11_000, 12_000, 13_000]) pace.answered(ms, 100)
  t.equal(pace.batchSize(), 50)
  t.equal(pace.lanes(), 3)
  for (let i = 0; i < 20; i += 1) pace.answered(60_000, pace.batchSize())
  t.equal(pace.batchSize(), 10, 'never below the least')
})

t.test('quick answers let both grow again, never above the limits', async (t) => {
  const pace = openPace(limits)
  for (let i = 0; i < 5; i += 1) pace.trouble()
  t.equal(pace.lanes(), 1)
  t.equal(pace.batchSize(), 10)
  for (let i = 0; i < 100; i += 1) pace.answered(100, pace.batchSize())
  t.equal(pace.lanes(), 3)
  t.equal(pace.batchSize(), 100)
})
