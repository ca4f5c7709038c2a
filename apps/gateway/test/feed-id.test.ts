import t from 'tap'
import { epochOf, feedIdFrom, feedIdText } from '../src/feed/feed-id.ts'

t.test('an id comes back as it went', async (t) => {
  for (const created of ['1970-01-01T00:00:00.000Z', '2026-11-24T17:21:52.349Z'])
    for (const sequence of [0, 1, 1234, 999_999_999_999_999]) {
      const id = { epoch: epochOf(created), sequence }
      t.strictSame(feedIdFrom(feedIdText(id)), id)
    }
})

t.test('two creations, two epochs', async (t) => {
  t.not(epochOf('2026-01-01T00:00:00.000Z'), epochOf('2026-01-01T00:00:00.001Z'))
})

t.test('anything else is no id', async (t) => {
  const wrong = [
    '',
    '12',
    '-1',
    'a-',
    'A-1',
    'a-1-2',
    'a--1',
    'a-1\n',
    'a-1e3',
    `a-${'9'.repeat(16)}`
  ]
  for (const text of [...wrong, undefined]) t.equal(feedIdFrom(text), undefined, String(text))
})
