import * as z from 'zod';

/** Keys of a backend's configuration that would put a credential into the synthesized JSON. */
const credentialKey = /conn_str|password|secret|token|access_key|credentials|private_key/i;

const backend = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('local'),
    path: z
      .string()
      .min(1)
      .default('../../..')
      .describe("Folder of terraform.<stack>.tfstate, seen from the stack's folder in cdktf.out"),
  }),
  z.strictObject({
    type: z.literal('pg'),
    schemaPrefix: z
      .string()
      .regex(/^[a-z_][a-z0-9_]{0,30}$/, 'lower-case letters, digits and _, at most 31')
      .default('trail_')
      .describe('Each stack keeps its state in the schema <prefix><stack>; PG_CONN_STR holds the connection'),
  }),
  z.strictObject({
    type: z.literal('other'),
    name: z
      .string()
      .regex(/^[a-z0-9]+$/, "a backend's type as Terraform knows it, e.g. s3")
      .describe('Backend type as Terraform knows it, e.g. s3, gcs, kubernetes'),
    config: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .superRefine((config, context) => {
        for (const key of Object.keys(config).filter((each) => credentialKey.test(each))) {
          context.addIssue({
            code: 'custom',
            path: [key],
            // The value is a credential: it is not shown.
            params: { complete: true },
            message:
              'looks like a credential, which would be written to cdktf.out; give it in the environment',
          });
        }
      })
      .default({})
      .describe('Its configuration; "{stack}" in a value stands for the name of the stack'),
  }),
]);

const kubernetes = z.strictObject({
  access: z
    .enum(['kubeconfig', 'in-cluster', 'environment'])
    .default('kubeconfig')
    .describe('kubeconfig file, the service account of the pod that deploys, or the KUBE_* variables'),
  kubeconfigPath: z.string().min(1).default('~/.kube/config').describe('Used with access: kubeconfig'),
  kubeconfigContext: z.string().min(1).optional().describe('Default: the current context of the file'),
});

/** Where Terraform keeps its state and how it reaches the cluster. */
export const terraformSettings = z.strictObject({
  backend: backend.prefault({ type: 'local' }).describe('Where Terraform keeps its state'),
  kubernetes: kubernetes.prefault({}),
});

/** Terraform settings after defaults. */
export type TerraformSettings = z.output<typeof terraformSettings>;
