import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { root } from './checkout.ts'
import { cleanEnvironment } from './run-tool.ts'

const lock = {
  packages: {
    '': { name: 'bare' },
    'node_modules/tap': { version: '1.0.0', integrity: 'sha512-a' },
    'node_modules/node-plan9-x64': { version: '1.0.0', integrity: 'sha512-b', optional: true }
  }
}

const packagedNode = `node_modules/node-${process.platform}-${process.arch}/bin/node`

/**
 * What `npm ci` is in a bare checkout: it counts its calls, takes a moment, and leaves a Node and
 * for each tool the program below.
 */
const npm = `#!/bin/sh
echo "npm $*" >> calls
sleep 0.3
rm -rf node_modules && mkdir -p "$(dirname ${packagedNode})" node_modules/.bin
ln -s '${process.execPath}' ${packagedNode}
cp package-lock.json node_modules/.package-lock.json
for package in tap turbo @biomejs/biome knip typescript; do
  mkdir -p node_modules/$package
  name=$(basename $package | sed s/typescript/tsc/)
  echo "{\\"bin\\":{\\"$name\\":\\"$name.mjs\\"}}" > node_modules/$package/package.json
  cp tool.mjs node_modules/$package/$name.mjs
done
`

/**
 * Any tool: it counts its calls and fails when one begins with RED. When it is to run tests it
 * leaves the results that it finds prepared; it notes what conformance is set to.
 */
const tool = `import { appendFileSync, existsSync, renameSync } from 'node:fs'
import { basename } from 'node:path'
const call = [basename(process.argv[1], '.mjs'), ...process.argv.slice(2)].join(' ')
appendFileSync('calls', call + '\\n')
const tests = { 'turbo run test': ['packages/a', 'packages/b'], 'tap --timeout': ['.'] }
for (const folder of Object.entries(tests).flatMap(([a, b]) => (call.startsWith(a) ? b : []))) {
  if (existsSync(folder + '/prepared')) {
    renameSync(folder + '/prepared', folder + '/.tap/result.tap')
  }
}
if (process.env.PROXBOX_CONFORMANCE) {
  const { PROXBOX_CONFORMANCE, PROXBOX_NETBOX_VERSION } = process.env
  appendFileSync('calls', PROXBOX_CONFORMANCE + ' ' + PROXBOX_NETBOX_VERSION + '\\n')
}
process.exitCode = process.env.RED && call.startsWith(process.env.RED) ? 2 : 0
`

/** Stands for the CLI: says how it was called and ends as its argument asks. */
const cli = `if (process.argv.includes('--wait')) {
  process.on('SIGTERM', () => process.exit(7))
  setTimeout(() => process.exit(1), 20_000)
}
console.log(JSON.stringify([process.argv0, ...process.argv.slice(2)]))
process.exitCode = Number(process.argv.at(-1).split('=')[1] ?? 0)
`

/**
 * A folder outside the checkout with our tools and nothing installed, two workspaces with tests,
 * and npm, all tools and the CLI replaced by the smallest programs that leave what those leave.
 * @returns the folder; the caller removes it
 */
export function buildBareCheckout(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'proxbox-bare-')))
  cpSync(join(root, 'tools'), join(folder, 'tools'), { recursive: true })
  const files = {
    'package-lock.json': JSON.stringify(lock),
    '.taprc': 'jobs: 2\n',
    'tool.mjs': tool,
    'apps/cli/bin/proxbox.mjs': cli,
    'fake-bin/npm': npm,
    'packages/a/package.json': '{"name":"@bare/a"}',
    'packages/a/test/a.test.ts': '',
    'packages/a/.tap/keep': '',
    'packages/b/package.json': '{"name":"@bare/b"}',
    'packages/b/test/deep/b.test.ts': '',
    'packages/b/.tap/keep': '',
    'tests/conformance/package.json': '{"name":"@bare/conformance"}',
    'tests/conformance/.tap/keep': '',
    'packages/untested/package.json': '{"name":"@bare/untested"}'
  }
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  chmodSync(join(folder, 'fake-bin/npm'), 0o755)
  return folder
}

/** Replaces the packaged Node by one that does not start, as a glibc build on musl does not. */
export function breakPackagedNode(folder: string): void {
  rmSync(join(folder, packagedNode))
  for (const file of [packagedNode, 'node_modules/.bin/node']) {
    writeFileSync(join(folder, file), '#!/bin/sh\nexit 127\n', { mode: 0o755 })
  }
}

/** A bootstrap under way. */
export interface Started {
  readonly pid: number
  readonly ended: Promise<{ readonly code: number | null; readonly text: string }>
  /** Resolves once the text so far holds a match. @throws when it ends without one */
  seen(pattern: RegExp): Promise<void>
}

/** Starts `node tools/bootstrap.mjs …` in such a folder, 60 s at most. */
export function startBootstrap(
  folder: string,
  args: string[],
  env: NodeJS.ProcessEnv = {}
): Started {
  const path = [join(folder, 'fake-bin'), process.env.PATH].join(delimiter)
  const script = join(folder, 'tools/bootstrap.mjs')
  const child = spawn('env', ['-u', 'NODE_OPTIONS', process.execPath, script, ...args], {
    cwd: folder,
    env: { ...cleanEnvironment(), PATH: path, ...env },
    timeout: 60_000,
    stdio: ['ignore', 'pipe', 'pipe']
  })
  if (child.pid === undefined) throw new Error('env did not start')
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
  }
  const ended = once(child, 'close').then(([code]) => ({ code, text }))
  return {
    pid: child.pid,
    ended,
    seen: async (pattern) => {
      let isOver = false
      void ended.then(() => {
        isOver = true
      })
      while (!pattern.test(text)) {
        if (isOver) throw new Error(`it ended without ${pattern}:\n${text}`)
        await Promise.race([once(child.stdout, 'data'), ended])
      }
    }
  }
}
