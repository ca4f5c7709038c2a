/** A secret taken out of a body: the path to it, and its value. */
export interface SecretField {
  readonly path: readonly (string | number)[]
  readonly value: unknown
}

type Container = Record<string | number, unknown>
const isContainer = (value: unknown): value is Container =>
  typeof value === 'object' && value !== null

/** Pure: the body without what these dotted paths name (`*` = each element), and what was taken out. */
export function takeOut(
  body: unknown,
  paths: readonly string[]
): { rest: unknown; taken: SecretField[] } {
  const rest = structuredClone(body)
  const taken = paths.flatMap((path) => takePath(rest, path.split('.'), []))
  return { rest, taken }
}

function takePath(
  at: unknown,
  path: readonly string[],
  walked: readonly (string | number)[]
): SecretField[] {
  const [step, ...further] = path
  if (!isContainer(at) || step === undefined) return []
  if (step === '*')
    return Object.keys(at).flatMap((key) => takePath(at[key], further, [...walked, key]))
  if (!(step in at)) return []
  if (further.length > 0) return takePath(at[step], further, [...walked, step])
  const value = at[step]
  delete at[step]
  return [{ path: [...walked, step], value }]
}

/** Pure: the body with what was taken out put back. */
export function putBack(rest: unknown, taken: readonly SecretField[]): unknown {
  const body = structuredClone(rest)
  for (const { path, value } of taken) {
    const last = path.at(-1)
    let at: unknown = body
    for (const step of path.slice(0, -1)) at = isContainer(at) ? at[step] : undefined
    if (isContainer(at) && last !== undefined) at[last] = value
  }
  return body
}
