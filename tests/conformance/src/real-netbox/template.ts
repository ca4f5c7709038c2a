import { join } from 'node:path'
import type { Venv } from '../process/ensure-venv.ts'
import { exists } from '../process/exists.ts'
import { run } from '../process/run.ts'
import { netboxEnvironment, type Ports } from './configuration.ts'
import type { Home } from './home.ts'
import type { RunSql } from './postgres.ts'
import type { RunRedis } from './redis.ts'

export const DATABASE = 'netbox'
const TEMPLATE = 'netbox_template'

export interface TemplateOptions {
  readonly home: Home
  readonly venv: Venv
  readonly ports: Ports
  readonly postgresBin: string
  readonly sql: RunSql
  /** A dump of a migrated database: an accelerator, used when it is there. */
  readonly dump: string | undefined
  readonly log: (line: string) => void
}

/** A migrated database with our user and tokens, from which every reset copies. Made once per home. */
export async function ensureTemplate(options: TemplateOptions, signal: AbortSignal): Promise<void> {
  const { sql, log } = options
  if (await isReady(sql, signal)) return
  await sql(
    'postgres',
    [`drop database if exists ${TEMPLATE} with (force)`, `create database ${TEMPLATE}`],
    signal
  )
  if (options.dump !== undefined && (await exists(options.dump)))
    await restore(options, options.dump, signal)
  log('netbox migrate (about five minutes without a dump)')
  const env = netboxEnvironment(options.home, options.ports, TEMPLATE)
  await run(
    options.venv.program('netbox'),
    ['migrate', '--no-input'],
    // 262 s measured on two idle cores; on busy ones many times that.
    { timeoutMs: 2_400_000, env, cwd: options.home.netboxRoot },
    signal
  )
  await writeUser(options, env, signal)
  await sql(TEMPLATE, ['vacuum analyze'], signal)
  const mark = `update pg_database set datistemplate = true, datallowconn = false where datname = '${TEMPLATE}'`
  await sql('postgres', [mark], signal)
}

/** Makes the database if the home has none yet. */
export async function ensureDatabase(sql: RunSql, signal: AbortSignal): Promise<void> {
  const found = await sql(
    'postgres',
    [`select count(*) from pg_database where datname = '${DATABASE}'`],
    signal
  )
  if (found.trim() === '0')
    await sql('postgres', [`create database ${DATABASE} template ${TEMPLATE}`], signal)
}

/** Back to empty, or to a copy: the database is made from it, caches and queued jobs are forgotten. */
export async function resetDatabase(
  sql: RunSql,
  redis: RunRedis,
  signal: AbortSignal,
  from: string = TEMPLATE
): Promise<void> {
  await sql(
    'postgres',
    [
      `drop database if exists ${DATABASE} with (force)`,
      `create database ${DATABASE} template ${from}`
    ],
    signal
  )
  await redis(1, ['flushdb'], signal)
  const queues = ['high', 'default', 'low'].map((name) => `rq:queue:${name}`)
  // Not flushdb: the worker keeps its registration there.
  await redis(0, ['del', ...queues], signal)
}

/** A copy becomes a NetBox of nobody; who is connected to it is cut and connects again. */
export async function emptyCopy(sql: RunSql, copy: string, signal: AbortSignal): Promise<void> {
  await sql(
    'postgres',
    [
      `drop database if exists ${copy} with (force)`,
      `create database ${copy} template ${TEMPLATE}`
    ],
    signal
  )
}

/** Keeps a copy of everything in a database beside it; who is connected is cut and connects again. */
export async function saveDatabase(sql: RunSql, copy: string, signal: AbortSignal): Promise<void> {
  await sql(
    'postgres',
    [
      `drop database if exists ${copy} with (force)`,
      `alter database ${DATABASE} allow_connections false`,
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${DATABASE}'`,
      `create database ${copy} template ${DATABASE}`,
      `alter database ${DATABASE} allow_connections true`
    ],
    signal
  )
}

async function isReady(sql: RunSql, signal: AbortSignal): Promise<boolean> {
  const query = `select count(*) from pg_database where datname = '${TEMPLATE}' and datistemplate`
  return (await sql('postgres', [query], signal)).trim() === '1'
}

async function restore(options: TemplateOptions, dump: string, signal: AbortSignal): Promise<void> {
  options.log(`restore ${dump}`)
  await run(
    join(options.postgresBin, 'pg_restore'),
    [
      ...['-h', '127.0.0.1', '-p', String(options.ports.postgres), '-U', 'postgres'],
      ...['-d', TEMPLATE, '--no-owner', '--exit-on-error', dump]
    ],
    { timeoutMs: 300_000, env: { PGPASSWORD: options.home.secrets.pgPassword } },
    signal
  )
}

// A v2 token is kept hashed with the pepper of this home, so a restored database gets new ones.
const USER_SCRIPT = `
import os
import django
django.setup()
from users.models import Token, User
user = User.objects.filter(username='conformance').first()
if user is None:
    user = User.objects.create_superuser('conformance', 'conformance@example.invalid', None)
User.objects.exclude(pk=user.pk).delete()
Token.objects.all().delete()
for fields in (
    {'version': 2, 'key': os.environ['TOKEN_KEY'], 'token': os.environ['TOKEN_SECRET']},
    {'version': 1, 'token': os.environ['TOKEN_V1']},
):
    token = Token(user=user, **fields)
    token.full_clean()
    token.save()
`

async function writeUser(
  { home, venv }: TemplateOptions,
  env: Record<string, string>,
  signal: AbortSignal
): Promise<void> {
  const { token, tokenV1 } = home.secrets
  await run(
    venv.python,
    ['-c', USER_SCRIPT],
    {
      timeoutMs: 120_000,
      cwd: home.netboxRoot,
      env: { ...env, TOKEN_KEY: token.key, TOKEN_SECRET: token.secret, TOKEN_V1: tokenV1 }
    },
    signal
  )
}
