import { ApiError } from '../client/api.ts'

/** Pure: ids of an option, given one by one or with commas. @throws ApiError */
export function idsFrom(
  texts: readonly string[] | undefined,
  option: string
): number[] | undefined {
  if (texts === undefined) return undefined
  const parts = texts.flatMap((text) => text.split(','))
  const wrong = parts.find((part) => !/^[1-9]\d*$/.test(part))
  if (wrong !== undefined) throw new ApiError(400, `${option}: "${wrong}" is no id.`)
  return parts.map(Number)
}

/** Pure: the one id of an argument. @throws ApiError with where to find it */
export function idFrom(text: string, what: string, remedy: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new ApiError(400, `"${text}" is no id of ${what}: ${remedy}.`)
  return Number(text)
}
