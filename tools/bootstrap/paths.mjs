import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout, whatever the current directory is. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/**
 * @param {...string} parts a path below the checkout
 * @returns {string} the absolute path
 */
export const inRoot = (...parts) => join(root, ...parts)
