import { z } from 'zod';

/** The goldmane-edge-aggregator stack: image, secrets, database, digest. */
export const aggregatorSettings = z.strictObject({});
