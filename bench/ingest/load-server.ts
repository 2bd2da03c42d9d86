import { writeFileSync } from 'node:fs';
import { createSecureServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Authority } from '../../demo/certificates/authority';
import { FIRST_WINDOW, LoadFrames, type Load } from './load';

/**
 * A process that sends pre-encoded flows as fast as the reader takes them: `Flows.Stream` replays the whole
 * load and stays open, `Flows.List` answers one window. Prints its port as one JSON line.
 */
async function main(): Promise<void> {
  const [loadText = '{}', directory = '.'] = process.argv.slice(2);
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
  const http = createSecureServer({
    cert: server.certificate,
    key: server.key,
    ca: authority.bundle,
    requestCert: true,
  });
  http.on('stream', (stream, headers) => {
    const body: Buffer[] = [];
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => body.push(chunk));
    stream.on('end', () => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      if (headers[':path'] === '/goldmane.Flows/Stream') void replay(stream, frames, load);
      else list(stream, frames, load, Buffer.concat(body));
    });
  });
  http.listen(0, '127.0.0.1', () => {
    process.stdout.write(`${JSON.stringify({ port: (http.address() as AddressInfo).port })}\n`);
  });
}

async function replay(stream: ServerHttp2Stream, frames: LoadFrames, load: Load): Promise<void> {
  for (let index = 0; index < load.windows; index++) {
    const window = frames.window(index);
    // One DATA frame a message, as grpc-go sends them: what a frame costs the reader is part of the floor.
    for (let at = 0; at < window.length;) {
      const end = at + 5 + window.readUInt32BE(at + 1);
      if (!stream.write(window.subarray(at, end)))
        await new Promise((resolve) => stream.once('drain', resolve));
      if (stream.destroyed) return;
      at = end;
    }
  }
}

/** Only the windows that are asked for; a request without a whole window is for the latest flow. */
function list(stream: ServerHttp2Stream, frames: LoadFrames, load: Load, request: Buffer): void {
  const start = request.length > 11 && request[5] === 0x08 ? readVarint(request, 6) : 0;
  const index = (start - FIRST_WINDOW) / 15;
  const known = Number.isInteger(index) && index >= 0 && index < load.windows;
  const window = known ? relabel(frames.window(index)) : Buffer.alloc(0);
  const header = Buffer.alloc(5);
  header.writeUInt32BE(window.length, 1);
  stream.once('wantTrailers', () => {
    stream.sendTrailers({ 'grpc-status': '0' });
  });
  stream.end(Buffer.concat([header, window]));
}

/** Stream frames (flag, 4 bytes length) as fields of a list result (tag, varint length): both take what they need. */
function relabel(body: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length;) {
    const length = body.readUInt32BE(at + 1);
    parts.push(
      Buffer.from([0x12, (length & 0x7f) | 0x80, length >> 7]),
      body.subarray(at + 5, at + 5 + length),
    );
    at += 5 + length;
  }
  return Buffer.concat(parts);
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
