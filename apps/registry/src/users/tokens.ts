import { createHash } from 'node:crypto'
import { type Principal, ProxboxError } from '@proxbox/contracts'
import { type Database, eq } from '@proxbox/database'
import { tokens, users } from '../db/schema.ts'

const digestOf = (token: string): string => createHash('sha256').update(token).digest('hex')

/** Who a token belongs to. @throws ProxboxError TOKEN_INVALID when nobody, or when it expired or its user is inactive. */
export async function authenticate(
  database: Database,
  token: string,
  now: Date
): Promise<Principal> {
  const [row] = await database.orm
    .select()
    .from(tokens)
    .innerJoin(users, eq(tokens.userId, users.id))
    .where(eq(tokens.digest, digestOf(token)))
  const isExpired =
    row?.token.expires !== undefined && row.token.expires !== null && row.token.expires <= now
  if (row === undefined || isExpired || !row.user.active) throw new ProxboxError('TOKEN_INVALID')
  return {
    user: row.user.name,
    superuser: row.user.superuser,
    permissions: row.user.permissions,
    write: row.token.writeEnabled
  }
}

/** The first administrator, whose token the environment names; a new token takes the place of the old one. */
export async function ensureAdministrator(database: Database, token: string): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.insert(users).values({ name: 'admin', superuser: true }).onConflictDoNothing()
    const [admin] = await tx.select().from(users).where(eq(users.name, 'admin'))
    if (admin === undefined) throw new Error('the administrator was not stored')
    const description = 'PROXBOX_ADMIN_TOKEN'
    const digest = digestOf(token)
    const [same] = await tx.select().from(tokens).where(eq(tokens.digest, digest))
    if (same !== undefined) return
    await tx.delete(tokens).where(eq(tokens.description, description))
    await tx.insert(tokens).values({ userId: admin.id, digest, description })
  })
}
