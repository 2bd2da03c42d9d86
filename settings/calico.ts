import { z } from 'zod';

/** The calico stack: releases, adoption, flow plane, Whisker's exposure, watchdog. */
export const calicoSettings = z.strictObject({});
