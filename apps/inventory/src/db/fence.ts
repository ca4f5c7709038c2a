import { ProxboxError } from '@proxbox/contracts'
import { sql, type Transaction } from '@proxbox/database'

/** Whose facts these are. */
export interface Writer {
  readonly netbox: string
  readonly run_id: string
  readonly attempt: number
}

/** Lets a Run's newest attempt through. @throws ProxboxError ATTEMPT_STALE for an older one, whose facts change nothing. */
export async function fence(tx: Transaction, writer: Writer): Promise<void> {
  const rows = await tx.execute<{ attempt: number }>(sql`
    insert into inventory.writer (run_id, attempt) values (${writer.run_id}, ${writer.attempt})
    on conflict (run_id) do update set attempt = greatest(writer.attempt, excluded.attempt), last_seen = now(),
      gaps_since = case when excluded.attempt > writer.attempt then null else writer.gaps_since end
    returning attempt`)
  const newest = [...rows][0]?.attempt ?? writer.attempt
  if (newest > writer.attempt)
    throw new ProxboxError('ATTEMPT_STALE', { run: writer.run_id, attempt: writer.attempt })
}
