import t from 'tap'
import { FieldErrors, idsOf, listReply, orderingOf, pageOf, textsOf } from '../src/index.ts'

t.test('pages of 50, and as many as allowed for 0', async (t) => {
  t.same(pageOf({}), { limit: 50, offset: 0 })
  t.same(pageOf({ limit: 0, offset: 7 }), { limit: 1000, offset: 7 })
  t.same(pageOf({ limit: 3 }), { limit: 3, offset: 0 })
})

t.test('the order is one of the columns that are offered', async (t) => {
  const columns = { id: 'a', name: 'b' }
  t.same(orderingOf({}, columns), { column: 'a', isDescending: false })
  t.same(orderingOf({ ordering: '-name' }, columns), { column: 'b', isDescending: true })
  t.same(orderingOf({}, columns, '-id'), { column: 'a', isDescending: true })
  for (const ordering of ['secret', '-', 'constructor'])
    t.throws(() => orderingOf({ ordering }, columns), FieldErrors, ordering)
})

t.test('lists come repeated or with commas', async (t) => {
  t.same(textsOf(['a, b', 'c', '']), ['a', 'b', 'c'])
  t.same(textsOf('a'), ['a'])
  t.equal(textsOf(undefined), undefined)
  t.same(idsOf({ id: 3 }), [3])
  t.same(idsOf({ id: [3, 4] }), [3, 4])
  t.equal(idsOf({}), undefined)
})

t.test('the links keep the filters and end where the rows do', async (t) => {
  const request = (query: object) => ({ query, baseUrl: 'http://proxbox' })
  const found = { count: 5, results: [1, 2] }
  const first = listReply(request({ limit: 2, id: [1, 2] }), '/api/x/', found)
  t.equal(first.next, 'http://proxbox/api/x/?limit=2&id=1&id=2&offset=2')
  t.equal(first.previous, null)
  const last = listReply(request({ limit: 2, offset: 4 }), '/api/x/', found)
  t.equal(last.next, null)
  t.equal(last.previous, 'http://proxbox/api/x/?limit=2&offset=2')
  t.match(listReply(request({ limit: 2, offset: 1 }), '/api/x/', found), {
    previous: /offset=0$/,
    results: [1, 2],
    count: 5
  })
})
