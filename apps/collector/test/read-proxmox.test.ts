import { ProxboxError } from '@proxbox/contracts'
import t from 'tap'
import { gapFrom } from '../src/sync/read-proxmox.ts'
import { connection } from './seen-by.ts'

t.test('an Endpoint that cannot be read is one gap with the remedy', async (t) => {
  const remedy = 'pveum acl modify / --roles PVEAuditor'
  const facts = { endpoint: 'edge 1', privilege: 'Sys.Audit', path: '/', remedy }
  t.match(gapFrom(connection(1), new ProxboxError('PROXMOX_PRIVILEGE', facts)), {
    ...{ cluster: 'edge 1', scope: 'cluster', facet: 'list', reason: 'denied', remedy }
  })
  const late = new ProxboxError('PROXMOX_TIMEOUT', { endpoint: 'e', path: '/version', seconds: 5 })
  t.match(gapFrom(connection(1), late), { reason: 'timeout', detail: /5 s/ })
  t.notOk('remedy' in gapFrom(connection(1), late), 'no empty sentence')
})
