import { InvalidArgumentError } from 'commander'

/** Makes a parser of whole numbers for commander. */
export function numberOption(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= minimum && value <= maximum) return value
    throw new InvalidArgumentError(`It must be a whole number from ${minimum} to ${maximum}.`)
  }
}

/** For commander: the values of an option that may be given again. */
export const collected = (text: string, before: readonly string[] = []): string[] => [
  ...before,
  text
]
