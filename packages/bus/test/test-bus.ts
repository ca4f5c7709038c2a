import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BusUser, foreignUsers, type ServiceName, serviceNames } from '@proxbox/contracts'
import { createNkey, openTestNats } from '@proxbox/embedded'
import { type Bus, natsAuthorization, openBus } from '../src/index.ts'

/**
 * A real NATS with the rights of every user in force, and what lets each of them in. `close` ends both.
 *
 * @param extended the authorization with what only a test may do
 */
export async function openTestBus(extended = (authorization: string): string => authorization) {
  const folder = await mkdtemp(join(tmpdir(), 'proxbox-bus-'))
  const users: readonly BusUser[] = [...serviceNames, ...foreignUsers]
  const nkeys = Object.fromEntries(users.map((user) => [user, createNkey()])) as Record<
    BusUser,
    ReturnType<typeof createNkey>
  > // one per user
  const publicKeys = Object.fromEntries(
    users.map((user) => [user, nkeys[user].publicKey])
  ) as Record<BusUser, string> // as above
  const nats = await openTestNats({ authorization: extended(natsAuthorization(publicKeys)) })
  const encryptionKey = randomBytes(32)
  return {
    url: nats.url,
    encryptionKey,
    seedOf: (user: BusUser): string => nkeys[user].seed,
    connect: (service: ServiceName): Promise<Bus> =>
      openBus({ url: nats.url, service, nkeySeed: nkeys[service].seed, encryptionKey }),
    /** What a service reads of it from its environment; quiet. */
    async environmentOf(service: ServiceName) {
      const seedFile = join(folder, service)
      await writeFile(seedFile, nkeys[service].seed, { mode: 0o600 })
      return {
        NATS_URL: nats.url,
        NATS_NKEY_FILE: seedFile,
        PROXBOX_ENCRYPTION_KEY: encryptionKey.toString('base64'),
        LOG_LEVEL: 'silent'
      }
    },
    async close(): Promise<void> {
      await nats.stop()
      await rm(folder, { recursive: true })
    }
  }
}
