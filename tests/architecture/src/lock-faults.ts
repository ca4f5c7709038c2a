/** The parts of package-lock.json (version 3) that are checked here. */
export interface Lock {
  readonly packages: Readonly<Record<string, LockEntry>>
}

interface LockEntry {
  readonly version?: string
  readonly resolved?: string
  readonly integrity?: string
  readonly link?: boolean
  readonly inBundle?: boolean
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/**
 * A lock file that installs the same anywhere: no host is written down, every tarball has its
 * hash, and the platform packages of all platforms are there (npm drops those of other platforms
 * when it rewrites a lock from an installed tree).
 */
export function lockFaults({ packages }: Lock): readonly string[] {
  return Object.entries(packages).flatMap(([path, entry]) => [
    ...hostFaults(path, entry),
    ...integrityFaults(path, entry),
    ...Object.keys(entry.optionalDependencies ?? {})
      .filter((name) => !isLocked(packages, path, name))
      .map((name) => `${path || 'the root'}: optional ${name} is not locked`)
  ])
}

function hostFaults(path: string, { resolved }: LockEntry): readonly string[] {
  return resolved !== undefined && /^[a-z+]+:/.test(resolved) ? [`${path}: names a host`] : []
}

function integrityFaults(path: string, entry: LockEntry): readonly string[] {
  const isTarball = path.includes('node_modules/') && entry.link !== true && entry.inBundle !== true
  return isTarball && !entry.integrity?.startsWith('sha512-') ? [`${path}: has no sha512`] : []
}

/** Node's resolution: the nearest node_modules on the way up. */
function isLocked(packages: Lock['packages'], path: string, name: string): boolean {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')))) {
    if (packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`]) return true
    if (folder === '') return false
  }
}
