import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Authority, type Pair } from './authority';

/** Names in a real Goldmane's certificate, and the address that the simulated one listens on. */
const serverHosts = [
  'goldmane',
  'goldmane.calico-system',
  'goldmane.calico-system.svc',
  'goldmane.calico-system.svc.cluster.local',
  'localhost',
  '127.0.0.1',
];

/** Everything that both ends of a mutual TLS connection to Goldmane need; all PEM. */
export interface GoldmanePki {
  readonly authority: Authority;
  /** The CA's certificate. */
  readonly ca: string;
  readonly server: Pair;
  readonly client: Pair;
}

/** Files of a client, as trail reads them. */
export interface ClientFiles {
  readonly certPath: string;
  readonly keyPath: string;
  readonly caPath: string;
}

/** A new CA with a server pair and a client pair, named as the Calico operator names them. */
export async function createGoldmanePki(): Promise<GoldmanePki> {
  const authority = await Authority.create({ name: 'tigera-operator-signer' });
  const [server, client] = await Promise.all([
    authority.issue({ name: 'goldmane.calico-system.svc', usage: 'server', hosts: serverHosts }),
    authority.issue({ name: 'whisker-backend.calico-system.svc', usage: 'client' }),
  ]);
  return { authority, ca: authority.bundle, server, client };
}

/** Another server pair with Goldmane's names, signed by `authority`. */
export function issueServerPair(authority: Authority, notAfter?: Date): Promise<Pair> {
  return authority.issue({
    name: 'goldmane.calico-system.svc',
    usage: 'server',
    hosts: serverHosts,
    ...(notAfter === undefined ? {} : { notAfter }),
  });
}

/** Writes the client's side into `directory` under the names that the operator's Secret and ConfigMap use. */
export async function writeClientFiles(
  directory: string,
  pki: Pick<GoldmanePki, 'ca' | 'client'>,
): Promise<ClientFiles> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const files = {
    certPath: join(directory, 'tls.crt'),
    keyPath: join(directory, 'tls.key'),
    caPath: join(directory, 'tigera-ca-bundle.crt'),
  };
  await writeFile(files.certPath, pki.client.certificate);
  await writeFile(files.keyPath, pki.client.key, { mode: 0o600 });
  await writeFile(files.caPath, pki.ca);
  return files;
}
