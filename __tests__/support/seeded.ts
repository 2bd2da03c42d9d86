/** Settings of a property: the same cases every time; TRAIL_TEST_SEED makes others. */
export const SEEDED = { seed: Number(process.env['TRAIL_TEST_SEED'] ?? 20_261_126), numRuns: 1_000 } as const;
