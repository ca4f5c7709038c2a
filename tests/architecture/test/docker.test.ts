import { execFile } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, posix } from 'node:path'
import { promisify } from 'node:util'
import { natsAuthorization } from '@proxbox/bus'
import { collector } from '@proxbox/collector'
import { type BusUser, foreignUsers, type ServiceName, serviceNames } from '@proxbox/contracts'
import { findNatsServer, readTestEnvironment } from '@proxbox/embedded'
import { gateway } from '@proxbox/gateway'
import { inventory } from '@proxbox/inventory'
import { orchestrator } from '@proxbox/orchestrator'
import { registry } from '@proxbox/registry'
import { readConfig } from '@proxbox/service-kit'
import t from 'tap'
import { parse } from 'yaml'
import { root, textOf } from '../src/checkout.ts'
import { importsOf, packageOf } from '../src/imports-of.ts'
import { cleanEnvironment } from '../src/run-tool.ts'

const run = promisify(execFile)
const configs: Readonly<Record<ServiceName, Parameters<typeof readConfig>[0]>> = {
  gateway: gateway.config,
  registry: registry.config,
  orchestrator: orchestrator.config,
  inventory: inventory.config,
  collector: collector.config
}
// No door of the gateway leads to it: what it refuses, the gateway refuses at its start.
const { checkExposure } = (await import(join(root, 'apps/gateway/src/config.ts'))) as {
  checkExposure: (config: unknown) => void // throws where the gateway would not start
}
/** Read by the image's own scripts, not by a service. */
const ofTheImage = ['PROXBOX_SERVICE', 'NODE_ENV', 'MALLOC_ARENA_MAX']

interface ComposeService {
  readonly environment?: Readonly<Record<string, string>>
  readonly secrets?: readonly (string | { source: string })[]
  readonly ports?: readonly string[]
  readonly healthcheck?: object
}
interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>
  readonly secrets: Readonly<Record<string, { file: string }>>
}
const compose = parse(textOf('docker-compose.yml'), { merge: true }) as Compose // read below field by field
const dockerfile = textOf('docker/Dockerfile').replaceAll('\\\n', ' ')

const secretsFolder = mkdtempSync(join(tmpdir(), 'proxbox-secrets-'))
t.teardown(() => rmSync(secretsFolder, { recursive: true }))
const makeSecrets = () =>
  run(process.execPath, [join(root, 'docker/init.mjs'), secretsFolder], {
    env: cleanEnvironment(),
    timeout: 20_000
  })
await makeSecrets()

/** What a service needs when it runs: imports that remain once types are stripped. */
const runtimeImports = (text: string): readonly string[] =>
  importsOf(
    text
      .replace(/^(import|export) type [^'"]*?from\s*['"][^'"]+['"]/gm, '')
      .replace(/typeof import\([^)]*\)/g, '')
  )

interface Manifest {
  readonly name: string
  readonly dependencies?: Readonly<Record<string, string>>
}
const manifestOf = (folder: string) => JSON.parse(textOf(`${folder}/package.json`)) as Manifest // npm validated it

interface Lock {
  readonly packages: Readonly<
    Record<string, { dev?: boolean; optional?: boolean; devOptional?: boolean }>
  >
}
const { packages: locked } = JSON.parse(textOf('package-lock.json')) as Lock // npm wrote it

/** Why the image does not hold this package, if so. */
function packageFaults(file: string, name: string): string[] {
  const workspace = file.split('/').slice(0, 2).join('/')
  const entry = locked[`${workspace}/node_modules/${name}`] ?? locked[`node_modules/${name}`]
  const isInstalled =
    entry !== undefined && !entry.dev && entry.optional !== true && !entry.devOptional
  return [
    manifestOf(workspace).dependencies?.[name] === undefined
      ? `${file}: ${name} is no dependency`
      : '',
    isInstalled ? '' : `${file}: ${name} is not installed in production`
  ].filter((fault) => fault !== '')
}

/** The source of ours that an import leads to; undefined for other packages. */
function sourceOf(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return posix.join(dirname(file), specifier)
  const [, name] = /^@proxbox\/(.+)$/.exec(packageOf(specifier)) ?? []
  return name === undefined ? undefined : `packages/${name}/src/index.ts`
}

/** Imports of a service that the image would not resolve. */
function unresolved(service: ServiceName): { files: number; faults: string[] } {
  const faults: string[] = []
  const files = new Set([`apps/${service}/src/main.ts`])
  // A set is walked through to what was added meanwhile.
  for (const file of files) {
    const specifiers = runtimeImports(textOf(file)).filter((one) => !one.startsWith('node:'))
    for (const specifier of specifiers) {
      if (!specifier.startsWith('.')) faults.push(...packageFaults(file, packageOf(specifier)))
      const source = sourceOf(file, specifier)
      if (source === undefined) continue
      if (isInImage(source)) files.add(source)
      else faults.push(`${file}: ${specifier} is not in the image`)
    }
  }
  return { files: files.size, faults }
}

const isInImage = (source: string): boolean =>
  existsSync(join(root, source)) && !/\/(test|bench)\//.test(source)

t.test('the image: its steps find what they copy, its services what they import', async (t) => {
  const copies = [...dockerfile.matchAll(/^COPY (?!--from)(.+)$/gm)].flatMap((hit) =>
    (hit[1] ?? '').trim().split(/\s+/).slice(0, -1)
  )
  t.ok(copies.length > 5)
  for (const source of copies) t.ok(existsSync(join(root, source)), `COPY ${source}`)
  const ignore = textOf('docker/Dockerfile.dockerignore')
  for (const source of copies.filter((one) => !one.startsWith('docker/')))
    t.match(ignore, `!${source}\n`, `${source} reaches the builder`)
  t.match(dockerfile, 'npm ci --omit=dev --omit=optional')
  t.match(dockerfile, /^USER node$/m)
  t.match(dockerfile, /^HEALTHCHECK /m)
  const workspaces = [...dockerfile.matchAll(/--workspace=(\S+)/g)].map((hit) => hit[1])
  t.same(
    workspaces.sort(),
    serviceNames.map((service) => manifestOf(`apps/${service}`).name).sort()
  )
  for (const service of serviceNames) {
    const { files, faults } = unresolved(service)
    t.ok(files > 20, `${service}: its imports were followed`)
    t.same(faults, [], service)
  }
})

t.test('compose: every service gets the environment that it wants, and nothing else', async (t) => {
  const [, environmentText = ''] = /^ENV (.+)$/m.exec(dockerfile) ?? []
  const pairs = environmentText.trim().split(/\s+/)
  const imageEnv = Object.fromEntries(pairs.map((pair) => pair.split('='))) as Record<
    string,
    string
  > // NAME=value
  t.equal(imageEnv.PROXBOX_SERVICE_PORT, '9090')
  for (const service of serviceNames) {
    const { environment = {}, secrets = [] } = compose.services[service] ?? {}
    const schema = configs[service]
    t.equal(environment.PROXBOX_SERVICE, service)
    for (const name of Object.keys({ ...imageEnv, ...environment })) {
      const property = schema.properties[name] ?? schema.properties[name.replace(/_FILE$/, '')]
      t.ok(property !== undefined || ofTheImage.includes(name), `${service}: ${name} is known`)
    }
    const files = Object.values(environment).filter((value) => value.startsWith('/run/secrets/'))
    t.same(
      files.map((file) => file.slice('/run/secrets/'.length)).sort(),
      [...secrets].sort(),
      `${service}: its secrets are those that it reads`
    )
    const local = Object.entries(environment).map(([name, value]) => [
      name,
      value.replace('/run/secrets', secretsFolder)
    ])
    const config = readConfig(schema, { ...imageEnv, ...Object.fromEntries(local) })
    if (service === 'gateway') checkExposure(config)
  }
  for (const [name, { file }] of Object.entries(compose.secrets)) {
    t.equal(dirname(file), 'docker/secrets')
    t.ok(existsSync(join(secretsFolder, file.slice('docker/secrets/'.length))), `${name} is made`)
  }
  const published = Object.values(compose.services).flatMap(({ ports = [] }) => ports)
  t.same(published, ['127.0.0.1:8080:8080'], 'the gateway alone, on this machine')
  for (const name of ['nats', 'postgres']) t.ok(compose.services[name]?.healthcheck, name)
  t.match(textOf('docker/.gitignore'), 'secrets/')
})

t.test('secrets are made once', async (t) => {
  const read = () => readFileSync(join(secretsFolder, 'encryption-key'), 'utf8')
  const before = read()
  await makeSecrets()
  t.equal(read(), before)
  t.match(before, /^[A-Za-z0-9+/]{43}=\n$/)
})

/** Stands for psql: notes its arguments, its password and what it is to run. */
const fakePsql = `#!/bin/sh
printf '%s\\n' "$*" >> "$SAID/arguments"
printf '%s\\n' "\${ROLE_PASSWORD-}" >> "$SAID/passwords"
cat >> "$SAID/statements"
`

t.test('each database role gets its password, and no list of processes shows it', async (t) => {
  const folder = t.testdir({ bin: { psql: fakePsql }, said: {} })
  chmodSync(join(folder, 'bin/psql'), 0o755)
  const script = textOf('docker/postgres/roles.sh').replaceAll('/run/secrets', secretsFolder)
  const env = {
    PATH: `${folder}/bin:/usr/bin:/bin`,
    SAID: `${folder}/said`,
    POSTGRES_DB: 'proxbox'
  }
  await run('sh', ['-c', script], { env, timeout: 20_000 })
  const said = (name: string) => readFileSync(join(folder, 'said', name), 'utf8')
  const passwords = ['registry', 'orchestrator', 'inventory'].map((service) => {
    const url = new URL(readFileSync(join(secretsFolder, `database-url-${service}`), 'utf8').trim())
    t.match(said('arguments'), `-v role=${service} `)
    return url.password
  })
  t.same(said('passwords').trim().split('\n'), passwords)
  for (const password of passwords) {
    t.equal(password.length, 48)
    t.notMatch(said('arguments'), password)
  }
  t.equal(said('statements').match(/^\\getenv password ROLE_PASSWORD$/gm)?.length, 3)
})

t.test('nats.conf says what the contracts say, and the server takes it', async (t) => {
  const users: readonly BusUser[] = [...serviceNames, ...foreignUsers]
  const variables = users.map((user) => [user, `$NKEY_${user.toUpperCase()}`])
  const conf = textOf('docker/nats.conf')
  t.ok(
    conf.endsWith(natsAuthorization(Object.fromEntries(variables))),
    'its authorization is that of natsAuthorization'
  )
  const file = join(secretsFolder, 'nats.conf')
  const { path } = await findNatsServer(readTestEnvironment())
  const check = async (text: string) => {
    writeFileSync(file, text)
    return await run(path, ['-t', '-c', file], { timeout: 20_000 }).then(
      () => 'taken',
      (error: { stderr: string }) => error.stderr
    )
  }
  t.equal(await check(conf), 'taken')
  t.match(await check(conf.replace('include "nkeys.conf"', '')), /variable reference/, 'canary')
})

t.test('the health check asks the service of its container', async (t) => {
  let status = 200
  const server = createServer((request, answer) => {
    answer.writeHead(request.url === '/livez' ? status : 404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo // it listens on TCP
  const health = (env: Record<string, string>) =>
    run(process.execPath, [join(root, 'docker/health.mjs')], { env, timeout: 20_000 }).then(
      () => 'healthy',
      () => 'ill'
    )
  const places = [
    { PROXBOX_SERVICE: 'gateway', PROXBOX_PORT: String(port) },
    { PROXBOX_SERVICE: 'collector', PROXBOX_COLLECTOR_URL: `http://127.0.0.1:${port}` },
    { PROXBOX_SERVICE: 'registry', PROXBOX_SERVICE_PORT: String(port) }
  ]
  for (const env of places) t.equal(await health(env), 'healthy', env.PROXBOX_SERVICE)
  status = 503
  for (const env of places) t.equal(await health(env), 'ill', env.PROXBOX_SERVICE)
})
