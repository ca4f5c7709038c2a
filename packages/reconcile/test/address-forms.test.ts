import type { GuestInterface } from '@proxbox/contracts'
import t from 'tap'
import type { DesiredOptions } from '../src/index.ts'
import { planFor, withConfig } from './planned.ts'
import { estate, World } from './world.ts'

const mac = 'BC:24:11:00:00:64'
const nic = withConfig({}).config?.nics[0]
const told = (text: string): GuestInterface['addresses'][number] => {
  const [address = '', bits] = text.split('/')
  return { address, prefixLength: Number(bits), family: address.includes(':') ? 6 : 4 }
}

/** Addresses that are written of guest 100, when it tells these and has those in its configuration. */
function written(
  { tells, has = [] }: { tells: readonly string[]; has?: string[] },
  more: Partial<DesiredOptions> = {}
): unknown[] {
  const interfaces = [{ name: 'eth0', mac, addresses: tells.map(told) }]
  const seen = estate([
    withConfig({ nics: nic === undefined ? [] : [{ ...nic, addresses: has }] }, { interfaces })
  ])
  const { changes } = planFor(new World(), seen, more)
  return changes
    .filter(({ kind, key }) => kind === 'ip-address' && key.startsWith('ip:vm'))
    .map(({ after }) => after.address)
    .sort()
}

t.test('an address without a network is written where the configuration has it', async (t) => {
  for (const one of ['10.0.0.5/32', '100.64.0.1/32']) {
    t.same(written({ tells: [one] }), [])
    t.same(written({ tells: [one], has: [one] }), [one])
  }
  t.same(written({ tells: [], has: ['2001:db8::5/128'] }), ['2001:db8::5/128'])
  t.same(written({ tells: ['2001:db8::5/128'] }), [])
})

t.test('both ends of a network of two are addresses; edges of a wider one are none', async (t) => {
  for (const bits of [31, 127]) {
    const pair =
      bits === 31 ? ['10.0.0.4/31', '10.0.0.5/31'] : ['2001:db8::4/127', '2001:db8::5/127']
    t.same(written({ tells: [], has: pair }), pair)
  }
  t.same(written({ tells: ['10.0.0.0/24', '10.0.0.255/24', '10.0.0.3/30', '10.0.0.1/30'] }), [
    '10.0.0.1/30'
  ])
  t.same(written({ tells: [], has: ['2001:db8::/64', '2001:db8::ffff:ffff:ffff:ffff/64'] }), [
    '2001:db8::ffff:ffff:ffff:ffff/64'
  ])
})

t.test('loopback and what names no host are never written, link-local by a setting', async (t) => {
  const never = ['127.0.0.1/8', '::1/128', '0.0.0.0/24', '224.0.0.5/24', '169.254.1.1/16', 'x/24']
  t.same(written({ tells: never, has: never }), [])
  const local = { tells: [], has: ['FE80::1%eth0/64'] }
  t.same(written(local), [])
  t.same(written(local, { ignoreIpv6LinkLocal: false }), ['fe80::1/64'], 'without its zone')
})

t.test('an address that only papers reserve is an address', async (t) => {
  const has = ['192.0.2.5/24', '198.51.100.5/24', '203.0.113.5/24', '240.0.0.5/24']
  t.same(written({ tells: [], has }), has)
})

t.test(
  'told and configured, in whatever spelling, is one: with the mask that the guest tells',
  async (t) => {
    t.same(written({ tells: ['10.0.0.5/16'], has: ['10.0.0.5/24'] }), ['10.0.0.5/16'])
    t.same(written({ tells: [], has: ['2001:DB8:0:0::5/64', '2001:db8::5/64'] }), [
      '2001:db8::5/64'
    ])
  }
)
