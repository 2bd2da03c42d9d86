import * as z from 'zod';

/** Shapes of Kubernetes values that several settings take. */
export const dnsLabel = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'lower-case letters, digits and -, at most 63');

/** A Kubernetes memory quantity. */
export const memoryQuantity = z.string().regex(/^[1-9]\d*(Mi|Gi)$/, 'a quantity in Mi or Gi, e.g. 128Mi');

/** A Kubernetes CPU quantity. */
export const cpuQuantity = z.string().regex(/^[1-9]\d*m?$/, 'cores or thousandths of a core, e.g. 10m');

/** A five-field cron schedule. */
export const cronSchedule = z
  .string()
  .regex(/^(\S+\s+){4}\S+$/, 'a cron schedule of five fields, e.g. "0 8 * * *"');

/** An IPv4 or IPv6 range. */
export const cidr = z.union([z.cidrv4(), z.cidrv6()]);

/** An IPv4 or IPv6 address. */
export const ipAddress = z.union([z.ipv4('an IPv4 address, e.g. 10.96.0.10'), z.ipv6('an IPv6 address')]);

/** A host name or an IP address, without a port. */
export const hostName = z
  .string()
  .regex(
    /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/i,
    'a host name without scheme, port or credentials, e.g. pg-cluster-rw.dbaas.svc.cluster.local',
  );
