import fc from 'fast-check'

// As in tests/laws: set, it replays the random cases of a run; .ci/run fixes it.
fc.configureGlobal({ seed: Number(process.env.PROXBOX_LAWS_SEED ?? Date.now() % 2 ** 31) })
