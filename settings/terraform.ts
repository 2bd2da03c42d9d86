import { z } from 'zod';

/** Where Terraform keeps its state and how it reaches the cluster. */
export const terraformSettings = z.strictObject({});
