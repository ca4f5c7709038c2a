import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { identityOf, isAlive, type ProcessIdentity } from '../process/process-identity.ts'

/** Who runs the NetBox of a home; on disk, so that others can see it. */
export interface Owner {
  readonly process: ProcessIdentity
  /** Started by the command line, to be used by whoever comes. */
  readonly isDaemon: boolean
  /** Known once NetBox answers. */
  readonly url?: string
  readonly ports?: { readonly postgres: number; readonly redis: number }
}

/** Thrown by claimHome: this home belongs to another process that lives. */
export class HomeInUse extends Error {
  readonly owner: Owner

  constructor(owner: Owner) {
    super(`this NetBox home is in use by process ${owner.process.pid}`)
    this.owner = owner
  }
}

/** Takes the home for this process; a dead owner's claim is void. Throws HomeInUse. */
export async function claimHome(run: string, isDaemon: boolean): Promise<Owner> {
  const owner: Owner = { process: await identityOf(process.pid), isDaemon }
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      await writeFile(fileIn(run), JSON.stringify(owner), { flag: 'wx' })
      return owner
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
    const other = await readOwner(run)
    if (other) throw new HomeInUse(other)
    await rm(fileIn(run), { force: true })
  }
  throw new Error('this NetBox home was claimed by another process meanwhile')
}

/** The living owner, if there is one. */
export async function readOwner(run: string): Promise<Owner | undefined> {
  try {
    // Written by claimHome and announce.
    const owner = JSON.parse(await readFile(fileIn(run), 'utf8')) as Owner
    return (await isAlive(owner.process)) ? owner : undefined
  } catch (error) {
    // Half written by a process that was killed meanwhile.
    if (error instanceof SyntaxError) return undefined
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** Tells others where NetBox answers. */
export async function announce(run: string, owner: Required<Owner>): Promise<void> {
  // In one step, for readers never to see half of it.
  const draft = `${fileIn(run)}.new`
  await writeFile(draft, JSON.stringify(owner))
  await rename(draft, fileIn(run))
}

export async function releaseHome(run: string): Promise<void> {
  await rm(fileIn(run), { force: true })
}

function fileIn(run: string): string {
  return join(run, 'owner.json')
}
