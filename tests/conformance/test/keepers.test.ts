import { showKeepers } from '@proxbox/test-journey/keepers'
import t from 'tap'
import { readConfig } from '../src/config.ts'
import type { NetBoxCopy } from '../src/real-netbox/copy.ts'
import { openRealSide } from '../src/real-side.ts'

const config = readConfig()
const skip = config.wantsReal ? false : 'needs PROXBOX_CONFORMANCE=real'

t.test('who keeps a real NetBox', { skip }, async (t) => {
  const signal = AbortSignal.timeout(1_200_000)
  const side = await openRealSide(config, (line) => t.comment(line), signal)
  t.teardown(() => side.close())
  const { url, token } = side.target
  let copy: NetBoxCopy | undefined
  t.teardown(() => copy?.stop())
  const ground = {
    production: { url, token },
    // One web server serves every copy: what it serves is made anew.
    async copy() {
      if (copy === undefined) copy = await side.copy(signal)
      else await copy.restore()
      return { ...copy, token }
    }
  }
  await showKeepers(t, ground, config.everyNth === 1)
})
