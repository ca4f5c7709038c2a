import { posix } from 'node:path'
import { packageOf } from './imports-of.ts'

const tools = ['embedded', 'simulator']
const belowApps = [
  'contracts',
  'reconcile',
  'http',
  'bus',
  'database',
  'proxmox',
  'netbox',
  'service-kit'
]

/** The layers: which of our packages the sources of a workspace may import. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  'packages/contracts': [],
  'packages/reconcile': ['contracts'],
  'packages/http': ['contracts'],
  'packages/bus': ['contracts'],
  'packages/database': ['contracts'],
  'packages/embedded': [],
  'packages/simulator': ['contracts'],
  'packages/proxmox': ['contracts', 'http'],
  'packages/netbox': ['contracts', 'http'],
  'packages/service-kit': ['contracts', 'http', 'bus'],
  'apps/gateway': belowApps,
  'apps/registry': belowApps,
  'apps/orchestrator': belowApps,
  'apps/inventory': belowApps,
  'apps/collector': belowApps,
  'apps/web': belowApps,
  'apps/cli': [...belowApps, ...tools]
}

/** Libraries that a package exists to hide; embedded needs nats for the nkeys of its users. */
const hiddenBy: Readonly<Record<string, readonly string[]>> = {
  undici: ['packages/http'],
  'eventsource-parser': ['packages/http'],
  nats: ['packages/bus', 'packages/embedded'],
  'drizzle-orm': ['packages/database'],
  postgres: ['packages/database']
}

/** What the pure packages may import besides ours. */
const pureLibraries: Readonly<Record<string, readonly string[]>> = {
  'packages/contracts': ['typebox'],
  'packages/reconcile': ['typebox', 'ipaddr.js']
}

/**
 * Holds one file against the layers.
 * @param file a path below the root with `/`
 * @param imports its specifiers
 * @returns one sentence for each import that goes against them
 */
export function layerFaults(file: string, imports: readonly string[]): readonly string[] {
  const [parent = '', child = '', part = ''] = file.split('/')
  const workspace = `${parent}/${child}`
  const isSource = parent !== 'tests' && part === 'src'
  return imports.flatMap((specifier) => {
    const fault = faultOf({ file, workspace, isSource }, specifier)
    return fault === undefined ? [] : [`${file}: ${specifier} ${fault}`]
  })
}

interface Place {
  readonly file: string
  readonly workspace: string
  readonly isSource: boolean
}

function faultOf(place: Place, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return relativeFault(place, specifier)
  if (place.isSource && /^@proxbox\/[^/]+\/testing$/.test(specifier)) return 'is for tests alone'
  const name = packageOf(specifier)
  if (name.startsWith('@proxbox/')) return ownFault(place, name.slice('@proxbox/'.length))
  return place.isSource ? libraryFault(place.workspace, name) : undefined
}

function relativeFault({ file, workspace }: Place, specifier: string): string | undefined {
  const target = posix.join(posix.dirname(file), specifier)
  return target.startsWith(`${workspace}/`) ? undefined : 'lies outside the workspace'
}

function ownFault({ workspace, isSource }: Place, name: string): string | undefined {
  if ([`packages/${name}`, `apps/${name}`].includes(workspace)) return undefined
  // What crosses packages is tested in tests/, which therefore may see everything.
  if (workspace.startsWith('tests/')) return undefined
  const allowed = mayImport[workspace]
  if (allowed === undefined) return 'is imported by a workspace that the layers do not name'
  if (allowed.includes(name) || (!isSource && tools.includes(name))) return undefined
  return 'is not below this layer'
}

function libraryFault(workspace: string, name: string): string | undefined {
  const owners = hiddenBy[name]
  if (owners !== undefined && !owners.includes(workspace)) return `is hidden by ${owners[0]}`
  const pure = pureLibraries[workspace]
  if (pure !== undefined && !pure.includes(name)) return 'has no place in a pure package'
  return undefined
}
