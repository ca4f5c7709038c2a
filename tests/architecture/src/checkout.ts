import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the checkout that these tests are part of. */
export const root = fileURLToPath(new URL('../../..', import.meta.url))

/** All files that git tracks or would track, as paths below the root with `/`. */
export function repositoryFiles(): readonly string[] {
  const listed = execFileSync(
    'git',
    ['-c', 'safe.directory=*', 'ls-files', '-co', '--exclude-standard', '-z'],
    {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024
    }
  )
  // A file that was deleted but not yet committed is still listed.
  return listed.split('\0').filter((file) => file !== '' && existsSync(join(root, file)))
}

/** The TypeScript and module sources of all workspaces, generated migrations excepted. */
export function sourceFiles(): readonly string[] {
  return repositoryFiles().filter((file) => /^(apps|packages|tests)\/.*\.(ts|tsx|mjs)$/.test(file))
}

/** @param file a path below the root */
export const textOf = (file: string): string => readFileSync(join(root, file), 'utf8')

/**
 * Copies the checkout, without history and build output, into a new folder outside of it. Its
 * node_modules are links to ours, but those of the workspaces lead to the copy.
 * @returns the folder; the caller removes it
 */
export function copyCheckout(): string {
  const target = realpathSync(mkdtempSync(join(tmpdir(), 'proxbox-copy-')))
  for (const file of repositoryFiles()) cpSync(join(root, file), join(target, file))
  for (const folder of ['', ...workspaceFolders()]) linkPackages(folder, target)
  return target
}

function workspaceFolders(): readonly string[] {
  const manifests = repositoryFiles().filter((file) => /^[^/]+\/[^/]+\/package\.json$/.test(file))
  return manifests.map((file) => dirname(file))
}

function linkPackages(folder: string, target: string): void {
  const source = join(root, folder, 'node_modules')
  if (!existsSync(source)) return
  const copy = join(target, folder, 'node_modules')
  mkdirSync(join(copy, '@proxbox'), { recursive: true })
  for (const entry of readdirSync(source)) {
    if (entry !== '@proxbox') symlinkSync(join(source, entry), join(copy, entry))
  }
  if (folder !== '') return
  for (const workspace of workspaceFolders()) {
    const name = nameOf(workspace)
    if (!existsSync(join(source, name))) continue
    symlinkSync(relative(join(copy, '@proxbox'), join(target, workspace)), join(copy, name))
  }
}

/** The package name of a workspace folder. */
export function nameOf(workspace: string): string {
  // npm refuses a manifest without a name that is a string.
  const manifest = JSON.parse(textOf(`${workspace}/package.json`)) as { name: string }
  return manifest.name
}
