import { randomInt } from 'node:crypto'

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** A short id (b NetBox, c cluster, i installation, n node) that reads well in logs and keys: prefix + 8 characters (36^8 ≈ 2.8·10^12; unique by index). */
export const newId = (prefix: 'b' | 'c' | 'i' | 'n'): string =>
  prefix + Array.from({ length: 8 }, () => letters[randomInt(letters.length)]).join('')
