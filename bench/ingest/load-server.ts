import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { Authority } from '../../demo/certificates/authority';
import { Http2Connection, type Call } from './http2-frames';
import { FIRST_WINDOW, LoadFrames, type Load } from './load';
import { Pace } from './pace';

/** What grpc-go lets a call have under way before it waits for the connection, bytes: the size of its bursts. */
const BURST_BYTES = 65_536;

/**
 * A process that sends pre-encoded flows as Goldmane's grpc-go does: each message in a DATA frame of its own,
 * in bursts, encrypted with AES-128-GCM. `Flows.Stream` replays the whole load and stays open, `Flows.List`
 * answers one window. Prints its port as one JSON line. Arguments: the load as JSON, results a second (0 = as
 * fast as they are taken), the folder for the client's certificates.
 */
async function main(): Promise<void> {
  const [loadText = '{}', perSecond = '0', directory = '.'] = process.argv.slice(2);
  const load = JSON.parse(loadText) as Load;
  const authority = await Authority.create();
  const [server, client] = await Promise.all([
    authority.issue({ name: 'goldmane', usage: 'server' }),
    authority.issue({ name: 'whisker-backend' }),
  ]);
  writeFileSync(join(directory, 'tls.crt'), client.certificate);
  writeFileSync(join(directory, 'tls.key'), client.key);
  writeFileSync(join(directory, 'ca.crt'), authority.bundle);
  const frames = new LoadFrames(load);
  const tls = createServer({
    cert: server.certificate,
    key: server.key,
    ca: authority.bundle,
    requestCert: true,
    ALPNProtocols: ['h2'],
    ciphers: 'TLS_AES_128_GCM_SHA256',
    minVersion: 'TLSv1.3',
  });
  tls.on('secureConnection', (socket) => {
    new Http2Connection(socket, async (call) => {
      await call.respond();
      if (isStream(call.request)) await replay(call, frames, load, new Pace(Number(perSecond)));
      else await list(call, frames, load);
    });
  });
  tls.listen(0, '127.0.0.1', () => {
    process.stdout.write(`${JSON.stringify({ port: (tls.address() as AddressInfo).port })}\n`);
  });
}

async function replay(call: Call, frames: LoadFrames, load: Load, pace: Pace): Promise<void> {
  let burst: Buffer[] = [];
  let bytes = 0;
  const send = async (): Promise<void> => {
    await pace.next(burst.length);
    await call.send(burst);
    burst = [];
    bytes = 0;
  };
  const total = load.windows * frames.perWindow;
  for (let sent = 0; sent < total && call.open; sent++) {
    const message = frames.message(Math.floor(sent / frames.perWindow), sent % frames.perWindow);
    burst.push(message);
    bytes += message.length;
    if (bytes >= BURST_BYTES) await send();
  }
  await send();
}

/** Only the windows that are asked for; a request without a whole window is for the latest flow. */
async function list(call: Call, frames: LoadFrames, load: Load): Promise<void> {
  const window = (readVarint(call.request, 6) - FIRST_WINDOW) / 15;
  const parts: Buffer[] = [Buffer.alloc(5)];
  if (Number.isInteger(window) && window >= 0 && window < load.windows)
    for (let index = 0; index < frames.perWindow; index++)
      parts.push(...listed(frames.message(window, index)));
  const body = Buffer.concat(parts);
  body.writeUInt32BE(body.length - 5, 1);
  await call.sendBody(body);
  await call.end();
}

/** A streamed message as a field of a list result: tag, length, and what came after its gRPC header. */
function listed(message: Buffer): [Buffer, Buffer] {
  const length = message.length - 5;
  return [Buffer.from([0x12, (length & 0x7f) | 0x80, length >> 7]), message.subarray(5)];
}

/** A stream request has one field, its start; a list request has more. */
function isStream(request: Buffer): boolean {
  let at = 6;
  while ((request[at] ?? 0) >= 128) at++;
  return request.length === at + 1;
}

function readVarint(bytes: Buffer, from: number): number {
  let value = 0;
  for (let at = from, scale = 1; at < bytes.length; at++, scale *= 128) {
    value += ((bytes[at] ?? 0) & 0x7f) * scale;
    if ((bytes[at] ?? 0) < 128) break;
  }
  return value;
}

void main();
