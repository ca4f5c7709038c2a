// Makes what the stack keeps secret, one file each, in the folder given; what is there stays.
//   docker compose run --rm init
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { nkeys } from 'nats'

const [folder = '/secrets'] = process.argv.slice(2)
const services = ['gateway', 'registry', 'orchestrator', 'inventory', 'collector']
const users = [...services, 'integration', 'partner']
const withDatabase = ['registry', 'orchestrator', 'inventory']

mkdirSync(folder, { recursive: true })
chmodSync(folder, 0o700)
// Each container sees the files that it is given and no others, under a user of its own: so they can be read, and the
// folder on the host cannot be entered.
const make = (name, text) => {
  const file = join(folder, name)
  if (!existsSync(file)) writeFileSync(file, `${text()}\n`, { mode: 0o444, flag: 'wx' })
  return readFileSync(file, 'utf8').trim()
}
const random = (bytes, encoding) => () => randomBytes(bytes).toString(encoding)

make('encryption-key', random(32, 'base64'))
make('admin-token', random(20, 'hex'))
make('backend-token', random(32, 'base64url'))
make('postgres-password', random(24, 'hex'))
for (const service of withDatabase) {
  const password = random(24, 'hex')
  make(`database-url-${service}`, () => `postgres://${service}:${password()}@postgres:5432/proxbox`)
}
const publicKeys = users.map((user) => {
  const seed = make(`nkey-${user}`, () => new TextDecoder().decode(nkeys.createUser().getSeed()))
  const publicKey = nkeys.fromSeed(new TextEncoder().encode(seed)).getPublicKey()
  return `NKEY_${user.toUpperCase()}: ${publicKey}`
})
make('nkeys.conf', () => publicKeys.join('\n'))
console.log(`The secrets are in ${folder}; the API token of the administrator is in admin-token.`)
