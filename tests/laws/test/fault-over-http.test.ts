import { gapsOf } from '@proxbox/contracts'
import { type FaultKind, faultKinds } from '@proxbox/simulator/proxmox'
import t from 'tap'
import {
  faultOn,
  isAnswer,
  type ReadEndpoint,
  readEndpoints
} from '../src/fault-matrix/endpoints.ts'
import { openLab } from '../src/fault-matrix/lab.ts'
import { openOverHttp } from '../src/fault-matrix/over-http.ts'
import { smallWorld } from '../src/fault-matrix/small-world.ts'
import { at } from '../src/fixtures/fixture.ts'

const world = smallWorld('8.4')
const http = openOverHttp()
t.teardown(() => http.close())
const lab = await openLab(world, { read: http.read })
// An answer that comes late is one; only the first call gives up soon enough to wait for it here.
const kinds = faultKinds.filter((kind) => kind !== 'slow')
const first = readEndpoints.find(({ route }) => route === '/version')
if (first === undefined) throw new Error('nobody asks for the version')
const cases: readonly (readonly [ReadEndpoint, FaultKind])[] = [
  // Each call meets one fault and each fault a call: together they are all of them, and none twice in a row.
  ...readEndpoints.map((endpoint, index) => {
    const kind = at(kinds, index)
    const isFault = !isAnswer({ route: endpoint.route, kind })
    return [endpoint, isFault ? kind : at(kinds, index + 1)] as const
  }),
  [first, 'slow']
]

for (const [endpoint, fault] of cases) {
  t.test(`GET ${endpoint.route} over HTTP: ${fault}`, async (t) => {
    const struck = { ...faultOn(endpoint, fault), ...(fault === 'slow' ? { delayMs: 4000 } : {}) }
    const estate = await lab.read(world, struck)
    const isTold = !endpoint.truthful?.includes(fault)
    t.equal(gapsOf(estate).length > 0, isTold, isTold ? 'a gap tells of it' : 'nothing is missing')
    const { plan, harms } = await lab.plan(estate, 30)
    t.strictSame(harms, [], 'nothing is deleted, blanked, renamed, marked stale or unlinked')
    t.strictSame(plan.changes, [], 'nothing is made twice or written at all')
  })
}
