/** Seed of the random cases: a failure prints it, and set here it is replayed. */
export const lawSeed = Number(process.env.PROXBOX_LAWS_SEED ?? Date.now() % 2 ** 31)
