import { chmod, open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { findNatsServer } from '../src/index.ts'
import { onceRunnable } from '../src/once-runnable.ts'
import { freshFolder } from './fixtures.ts'

const busy = () => Object.assign(new Error('spawn ETXTBSY'), { code: 'ETXTBSY' })

t.test('a program that is still being written is tried again, not for ever', async (t) => {
  const pauses: number[] = []
  const pause = async (ms: number) => {
    pauses.push(ms)
  }
  let calls = 0
  const start = async () => {
    calls += 1
    if (calls <= 2) throw busy()
    return 'runs'
  }
  t.equal(await onceRunnable(start, undefined, pause), 'runs')
  t.equal(pauses.length, 2)
  calls = Number.NEGATIVE_INFINITY
  await t.rejects(onceRunnable(start, undefined, pause), { code: 'ETXTBSY' })
  t.ok(pauses.reduce((sum, ms) => sum + ms, 0) < 3_000, 'bounded')
})

t.test('any other error is told at once', async (t) => {
  const refused = async () => {
    throw Object.assign(new Error('spawn EACCES'), { code: 'EACCES' })
  }
  await t.rejects(
    onceRunnable(refused, undefined, async () => {
      t.fail('paused')
    }),
    { code: 'EACCES' }
  )
})

t.test('nats-server is found though its file is still open for writing', async (t) => {
  const path = join(await freshFolder(t), 'nats-server')
  await writeFile(path, '#!/bin/sh\necho nats-server: v2.15.1\n')
  await chmod(path, 0o755)
  const writer = await open(path, 'r+')
  const finding = findNatsServer({ cacheDir: '', env: { NATS_SERVER_BIN: path, PATH: '' } })
  await Promise.all([
    sleep(150).then(() => writer.close()),
    t.resolveMatch(finding, { version: '2.15.1' })
  ])
})
