import { type Database, eq } from '@proxbox/database'
import { fastapiEndpoints, installation } from '../db/schema.ts'
import { newId } from '../identities/new-id.ts'
import type { Vault } from '../secrets/vault.ts'

const proof = 'proxbox'
const purpose = 'installation.proof'

/**
 * The id of this installation, made at the first start together with the built-in backend's record.
 *
 * @throws ProxboxError ENCRYPTION_KEY_WRONG when the stored credentials were encrypted with another key.
 */
export async function openInstallation(database: Database, vault: Vault): Promise<string> {
  return await database.transaction(async (tx) => {
    const fresh = { id: 1, installationId: newId('i'), keyProof: vault.seal(proof, purpose) }
    await tx.insert(installation).values(fresh).onConflictDoNothing()
    const [row] = await tx.select().from(installation).for('update')
    if (row === undefined) throw new Error('the installation was not stored')
    vault.open(row.keyProof, purpose)
    const known = await tx.select().from(fastapiEndpoints).where(eq(fastapiEndpoints.builtIn, true))
    if (known.length === 0)
      await tx
        .insert(fastapiEndpoints)
        .values({ name: 'built-in', domain: 'localhost', builtIn: true })
    return row.installationId
  })
}
