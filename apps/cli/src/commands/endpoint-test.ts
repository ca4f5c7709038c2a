import type { Output } from '../print/output.ts'
import type { CommandContext, ExitCode } from './context.ts'
import { endpointId, endpointModels, kindFrom } from './find-endpoint.ts'

interface TestResult {
  readonly status: string
  readonly detail: string
  readonly version: string | null
  readonly fingerprint_sha256: string | null
  readonly ca_certificate: string | null
  readonly findings: readonly {
    severity: 'ok' | 'warning' | 'error'
    code: string
    detail: string
    remedy: string
  }[]
}

/** `proxbox endpoint test KIND ID|NAME`: what is wrong and the command that mends it; `--trust` stores the cluster's CA of a pinned Proxmox. */
export async function testEndpoint(
  context: CommandContext,
  kindText: string,
  nameOrId: string,
  options: { trust?: boolean }
): Promise<ExitCode> {
  const api = await context.api()
  const kind = kindFrom(kindText)
  const id = await endpointId(context, kind, nameOrId)
  if (kind === 'fastapi') {
    const reply = await api.call<{ status: string; detail: string }>(
      'keepaliveFastAPI',
      { params: { id } },
      context.signal
    )
    if (context.output.json) context.output.data(reply)
    else context.output.text(`${reply.status}: ${reply.detail}`)
    return reply.status === 'success' ? 0 : 1
  }
  const result = await api.call<TestResult>(
    `test${endpointModels[kind]}`,
    { params: { id } },
    context.signal
  )
  if (context.output.json) context.output.data(result)
  else printTest(context, result)
  if (options.trust === true && result.ca_certificate !== null)
    await trustCa(context, id, result.ca_certificate)
  return result.status === 'success' ? 0 : 1
}

function printTest({ output }: CommandContext, result: TestResult): void {
  const marks = {
    ok: output.color.green('✓'),
    warning: output.color.yellow('!'),
    error: output.color.red('✗')
  }
  for (const finding of result.findings) {
    output.text(`${marks[finding.severity]} ${finding.detail}`)
    // A narrow token lacks dozens, and the remedy of each only says its name again.
    const isSaid = finding.code === 'NETBOX_PERMISSION'
    if (finding.remedy !== '' && !isSaid) output.text(`    ${finding.remedy}`)
  }
  if (result.findings.some(({ code }) => code === 'NETBOX_PERMISSION'))
    output.text('  Grant permissions to the user of the token in NetBox: Admin → Permissions.')
  if (result.fingerprint_sha256 !== null)
    output.text(`  certificate SHA-256 ${result.fingerprint_sha256}`)
  output.text(verdictOf(result, output.color))
}

/** Pure: `ready`, or how much is to be mended: what it is stands above. */
function verdictOf({ status, detail, findings }: TestResult, color: Output['color']): string {
  const count = (severity: string) => findings.filter((one) => one.severity === severity).length
  const errors = count('error')
  const warnings = count('warning')
  if (status !== 'success')
    return `${color.red('not ready')}: ${errors === 0 ? detail : `${errors} to mend`}`
  return `${color.green('ready')}${warnings === 0 ? '' : `, with ${warnings} that could be better`}`
}

/** Leaf certificates renew and differ per node; the cluster's CA stays. */
async function trustCa(context: CommandContext, id: number, certificate: string): Promise<void> {
  const api = await context.api()
  await api.call(
    'updateProxmoxEndpoint',
    { params: { id }, body: { ca_certificate: certificate, fingerprint_sha256: '' } },
    context.signal
  )
  if (!context.output.json)
    context.output.text('  the cluster CA is stored and trusted from now on')
}
