import { access, constants, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, extname } from 'node:path'
import { Change, ProxboxError } from '@proxbox/contracts'
import Type, { type Static } from 'typebox'
import Value from 'typebox/value'
import { ApiError } from '../client/api.ts'
import type { PlanHead, PlanRow } from '../client/read-plan.ts'
import { isApprovable, openPlanDigest } from './plan-digest.ts'

/** A Plan as a file: what is written when its Run is approved, and what is held back until its cause is gone. */
const PlanFile = Type.Object({
  run_id: Type.String({ pattern: '^[0-9a-fA-F-]{36}$' }),
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  changes: Type.Array(Change)
})
export type PlanFile = Static<typeof PlanFile>

const formats = ['.json', '.md'] as const
export type PlanFormat = (typeof formats)[number]

/** Pure: by the file's ending. @throws ApiError */
export function planFormatOf(file: string): PlanFormat {
  const format = formats.find((one) => one === extname(file))
  if (format === undefined)
    throw new ApiError(400, `${file}: a Plan is written as ${formats.join(' or ')}.`)
  return format
}

/** So that nobody waits for a Plan that then has no place. @throws ApiError unless the file can be one of a Plan, in a folder. */
export async function requirePlace(file: string): Promise<void> {
  planFormatOf(file)
  try {
    await access(dirname(file), constants.W_OK)
  } catch (error) {
    const remedy = 'name a file in a folder that exists and that you may write to'
    throw new NoPlan(`${file} cannot be written: ${remedy}.`, { cause: error })
  }
}

/**
 * Writes a Plan as JSON, one Change per line; the file appears when it is whole.
 *
 * @throws ApiError when the rows read are not those that the server's SHA-256 is of.
 */
export async function writePlanJson(
  file: string,
  title: { readonly run: number; readonly netbox: string },
  rows: AsyncGenerator<PlanRow, PlanHead>
): Promise<void> {
  await writeWhole(file, jsonLines(title, rows))
}

/** Writes a file that is there whole or not at all. */
export async function writeWhole(file: string, text: AsyncIterable<string>): Promise<void> {
  const part = `${file}.part`
  try {
    await writeFile(part, text)
    await rename(part, file)
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
}

async function* jsonLines(
  title: { readonly run: number; readonly netbox: string },
  rows: AsyncGenerator<PlanRow, PlanHead>
): AsyncGenerator<string> {
  const digest = openPlanDigest()
  const held: PlanRow[] = []
  yield `{"run":${title.run},"netbox":${JSON.stringify(title.netbox)},"changes":[`
  let separator = '\n'
  let next = await rows.next()
  for (; next.done !== true; next = await rows.next()) {
    const row = next.value
    if (isApprovable(row)) {
      const { change, guard, detail } = row
      digest.add(change)
      yield `${separator}${JSON.stringify(guard === null ? change : { ...change, guard, detail })}`
      separator = ',\n'
    } else if (row.outcome === 'held') held.push(row)
  }
  const head = next.value
  if (digest.hex() !== head.sha256)
    throw new ApiError(
      409,
      `The Changes of Run ${title.run} do not add up to its SHA-256 ${head.sha256}: plan again.`
    )
  yield '\n],"held":['
  for (const [at, { change, guard, detail }] of held.entries())
    yield `${at === 0 ? '\n' : ',\n'}${JSON.stringify({ ...change, guard, detail })}`
  yield `\n],"run_id":"${head.run_id}","sha256":"${head.sha256}"}\n`
}

/** A file that cannot be one of a Plan. */
class NoPlan extends ApiError {
  constructor(message: string, options?: ErrorOptions) {
    super(400, message, options)
    this.name = 'NoPlan'
  }
}

const maxFileBytes = 512 * 1024 * 1024

/**
 * A Plan from a file whose Changes are those that its SHA-256 is of.
 *
 * @throws ApiError when it cannot be read or was edited.
 */
export async function readPlanFile(file: string): Promise<PlanFile> {
  const plan = planFrom(file, await readBounded(file))
  const digest = openPlanDigest()
  for (const change of plan.changes) digest.add(change)
  const found = digest.hex()
  if (found !== plan.sha256)
    throw new ApiError(
      409,
      `${file} was changed since it was written: its Changes have the SHA-256 ${found}, not ${plan.sha256}. Export it again with "proxbox plan".`
    )
  return plan
}

async function readBounded(file: string): Promise<string> {
  try {
    const { size } = await stat(file)
    if (size <= maxFileBytes) return await readFile(file, 'utf8')
  } catch (error) {
    const remedy = 'name a Run by its number or UUID, or a file that "proxbox plan -o" has written'
    throw new NoPlan(`${file} cannot be read: ${remedy}.`, { cause: error })
  }
  throw new ApiError(413, `${file} is larger than ${maxFileBytes / 1024 / 1024} MiB.`)
}

function planFrom(file: string, text: string): PlanFile {
  const remedy = 'it must be a .json that "proxbox plan -o" has written'
  try {
    const plan: unknown = JSON.parse(text)
    if (Value.Check(PlanFile, plan)) return plan
  } catch (error) {
    throw new NoPlan(`${file} is no Plan: ${remedy}.`, { cause: error })
  }
  throw new NoPlan(`${file} is no Plan: ${remedy}.`)
}

/** @throws ProxboxError PLAN_DIFFERS unless the file holds the very Plan that the Run has stored. */
export function requireSame(plan: PlanFile, stored: PlanHead): void {
  if (plan.sha256 !== stored.sha256)
    throw new ProxboxError('PLAN_DIFFERS', { run: plan.run_id, stored: stored.sha256 })
}
