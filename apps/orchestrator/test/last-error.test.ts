import t from 'tap'
import { lastError } from '../src/runs/last-error.ts'

const busy = {
  code: 'NETBOX_TIMEOUT',
  disposition: 'wait',
  detail: 'NetBox did not answer'
} as const

t.test('only an error that ends the Run says to start it again', async (t) => {
  t.equal(
    lastError(busy, { run: 7, attempt: 3, attempts: 3 }).detail,
    'NetBox did not answer. Attempt 3 of 3 was the last. Once that is mended, start it again: "proxbox rerun 7".'
  )
  t.match(
    lastError({ ...busy, detail: 'Too slow.' }, { run: 7, attempt: 1, attempts: 3 }).detail,
    /^Too slow\. Attempt 1 of 3 was the last, for the time of the Run is over before the next one\. /
  )
  const stop = { ...busy, disposition: 'stop' } as const
  t.equal(lastError(stop, { run: 7, attempt: 1, attempts: 3 }), stop, 'what is never tried again')
})
