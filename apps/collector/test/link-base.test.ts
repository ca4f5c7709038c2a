import t from 'tap'
import { merged } from '../src/sync/identify-clusters.ts'
import { linkBaseOf } from '../src/sync/link-base.ts'
import { connection, seenBy } from './seen-by.ts'

const at = (id: number, host: string, base: string | null = null) => ({
  ...connection(id),
  host,
  link_base: base
})

t.test('a link_base, the oldest first; else the address of the oldest', async (t) => {
  const [a, b] = [at(1, 'a.example.org'), at(2, 'b.example.org')]
  t.equal(linkBaseOf([1, 2], [b, a]), 'https://a.example.org:8006')
  t.equal(linkBaseOf([], [at(1, '2001:db8::5')]), 'https://[2001:db8::5]:8006')
  const [c, d] = [at(3, 'c', 'https://c.example.org'), at(4, 'd', 'https://d.example.org')]
  t.equal(linkBaseOf([1, 3], [a, c]), 'https://c.example.org')
  t.equal(linkBaseOf([3, 4], [d, c]), 'https://c.example.org')
})

t.test(
  'an Endpoint that was not read may say otherwise, unless an older one has said it',
  async (t) => {
    const [b, c] = [at(2, 'b.example.org'), at(3, 'c', 'https://c.example.org')]
    t.equal(linkBaseOf([1, 2], [b]), null)
    t.equal(linkBaseOf([2, 4], [b]), null)
    t.equal(linkBaseOf([3, 4], [c]), 'https://c.example.org')
  }
)

t.test('the best reading of a cluster links by its oldest Endpoint', async (t) => {
  const one = seenBy(1, { quorate: false }, { endpoints: [1, 2] })
  const read = [
    { ...one, connection: at(1, 'a.example.org') },
    seenBy(2, {}, { endpoints: [1, 2] })
  ]
  const { connections } = merged(read, [])
  t.match(connections.get('caaaaaaaa'), { id: 2, link_base: 'https://a.example.org:8006' })
})
