import * as z from 'zod';
import { dnsLabel, hostName } from './kubernetes';

const middleware = z
  .string()
  .regex(
    /^[a-z0-9][-a-z0-9.]*@[a-z]+$/,
    'a Traefik middleware as its routers name it, e.g. traefik-forward-auth@kubernetescrd',
  );

const homepage = z.strictObject({
  name: z.string().min(1).default('Whisker').describe('Title of the tile'),
  description: z
    .string()
    .min(1)
    .default('Calico flow observability (who-talks-to-whom)')
    .describe('Text under it'),
  icon: z.string().min(1).default('calico.png').describe('Icon by name'),
  group: z.string().min(1).default('Infrastructure').describe('Where the tile stands'),
});

/**
 * Who may reach Whisker from outside. Whisker has no login: what gates it is the forward-auth middleware,
 * and leaving that out takes the word `unauthenticated`.
 */
export const whiskerIngressSettings = z
  .strictObject({
    host: hostName.describe('Name that people open, e.g. whisker.example.com'),
    className: dnsLabel.default('traefik').describe('Ingress class'),
    tlsSecret: z.string().min(1).describe('TLS secret in calico-system that covers the host'),
    authentication: z
      .enum(['forward-auth', 'unauthenticated'])
      .default('forward-auth')
      .describe('unauthenticated: anyone who reaches the host reads every flow of the cluster'),
    forwardAuthMiddleware: middleware.optional().describe('The gate; needed with forward-auth'),
    middlewares: z.array(middleware).default([]).describe('Middlewares before the gate, in this order'),
    entryPoint: z.string().min(1).default('websecure').describe('Traefik entry point'),
    allowedGroups: z
      .strictObject({
        annotation: z.string().min(1).describe('Annotation that your identity provider reads'),
        groups: z.array(z.string().min(1)).min(1).describe('Their names'),
      })
      .optional()
      .describe('Groups that may pass the gate, for whatever reads the annotation'),
    dnsAnnotations: z.record(z.string(), z.string()).default({}).describe('For your DNS automation'),
    monitorAnnotations: z.record(z.string(), z.string()).default({}).describe('For your uptime monitor'),
    annotations: z.record(z.string(), z.string()).default({}).describe('Any others; they win'),
    homepage: homepage.optional().describe('Tile of gethomepage.dev; left out, none'),
  })
  .superRefine((ingress, context) => {
    if (ingress.authentication === 'forward-auth' && ingress.forwardAuthMiddleware === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['forwardAuthMiddleware'],
        message: 'the middleware that asks for a login; or, knowingly, authentication: unauthenticated',
      });
    }
  });
