import * as z from 'zod';
import { aggregator, database } from '../contract';
import { dnsLabel } from './kubernetes';

const vault = z.strictObject({
  databaseStore: dnsLabel
    .default('vault-database')
    .describe("ClusterSecretStore over Vault's database secrets engine"),
  kvStore: dnsLabel.default('vault-kv').describe("ClusterSecretStore over Vault's key-value engine"),
  refreshInterval: z
    .string()
    .regex(/^\d+(s|m|h)$/, 'a duration, e.g. 15m')
    .default('15m')
    .describe('How often External Secrets reads Vault again'),
  staticRole: z
    .strictObject({
      create: z.boolean().default(true).describe('false where another stack owns the static role'),
      name: z.string().min(1).default(database.vaultStaticRole).describe('Its name in Vault'),
      mount: z.string().min(1).default('database').describe('Path of the database secrets engine'),
      connection: z.string().min(1).default('postgresql').describe('Its connection to the server'),
      rotationDays: z.int().min(1).max(365).default(7).describe('How often Vault changes the password'),
    })
    .prefault({}),
  databaseAdmin: z
    .strictObject({
      key: z.string().min(1).default('postgresql/admin').describe('Path in the key-value store'),
      usernameProperty: z.string().min(1).default('username').describe('Key of the user name there'),
      passwordProperty: z.string().min(1).default('password').describe('Key of the password there'),
    })
    .prefault({})
    .describe('Credentials that may make roles and databases; only the database set-up sees them'),
  slack: z
    .strictObject({
      key: z.string().min(1).default('slack').describe('Path in the key-value store'),
      property: z.string().min(1).default('webhook_url'),
    })
    .nullable()
    .prefault({})
    .describe('Slack incoming webhook; null = the digest only prints'),
});

const existingSecrets = z.strictObject({
  database: dnsLabel
    .default(aggregator.databaseSecret)
    .describe(`Holds ${aggregator.databaseSecretKey}, the connection string`),
  databaseAdmin: dnsLabel
    .default(aggregator.databaseAdminSecret)
    .describe('Holds username and password of a role that may make roles and databases'),
  slack: dnsLabel
    .nullable()
    .default(null)
    .describe(`Holds ${aggregator.slackSecretKey}; null = the digest only prints`),
});

/** Where the stack's secrets come from; no setting ever holds a secret itself. */
export const secretSettings = {
  secrets: z
    .enum(['vault', 'existing'])
    .default('vault')
    .describe('vault: External Secrets brings them from Vault; existing: you made them with kubectl'),
  vault: vault.prefault({}).describe('Read with secrets: vault'),
  existingSecrets: existingSecrets
    .prefault({})
    .describe('Names of Secrets in the namespace, read with secrets: existing'),
};
