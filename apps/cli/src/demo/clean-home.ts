import { access, chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { holdHome } from '../stack/hold-home.ts'

const marker = 'demo'

/**
 * An empty home for the demo: what an earlier demo left there is deleted.
 *
 * @throws HomeInUse while another demo runs there; an Error when the folder is somebody's real home.
 */
export async function cleanHome(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  const found = await readdir(path)
  if (found.length > 0 && !found.includes(marker))
    throw new Error(
      `${path} holds a system that is no demo: give the demo a PROXBOX_HOME of its own.`
    )
  await writeFile(join(path, marker), 'made by "proxbox demo", which deletes this folder\n')
  await chmod(path, 0o700)
  const release = await holdHome(path)
  try {
    const kept = new Set([marker, 'owner'])
    const old = found.filter((name) => !kept.has(name))
    await Promise.all(old.map((name) => rm(join(path, name), { recursive: true, force: true })))
  } finally {
    await release()
  }
}

/** What a person enters there would go with the next demo. @throws an Error when the folder is a demo's */
export async function requireNoDemo(path: string): Promise<void> {
  const isDemo = await access(join(path, marker)).then(
    () => true,
    () => false
  )
  if (isDemo)
    throw new Error(
      `${path} holds what a demo left, and the next demo deletes it: give this one a PROXBOX_HOME of its own, or delete that folder.`
    )
}
