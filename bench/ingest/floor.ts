import { connect } from 'node:http2';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { streamRequest, STREAM_PATH } from '../../trail/goldmane/requests';
import { report, type FloorMeasured } from './measured';

/** The floor: `node:http2` over TLS, counting the frames and nothing else. */
const [port = '', directory = '.', expected = '0'] = process.argv.slice(2);
const file = (name: string): string => readFileSync(join(directory, name), 'utf8');
const wanted = Number(expected);
let frames = 0;
let need = 5;
let inHeader = true;
let length = 0;
let chunks = 0;

const session = connect(`https://127.0.0.1:${port}`, {
  ca: file('ca.crt'),
  cert: file('tls.crt'),
  key: file('tls.key'),
  servername: 'goldmane',
  settings: { initialWindowSize: 16 * 1024 * 1024, enablePush: false },
});
session.once('remoteSettings', () => {
  session.setLocalWindowSize(16 * 1024 * 1024);
});
const stream = session.request({
  ':method': 'POST',
  ':path': STREAM_PATH,
  'content-type': 'application/grpc',
  te: 'trailers',
});
stream.end(streamRequest({ secondsAgo: 3_590 }));
stream.on('data', (chunk: Buffer) => {
  chunks++;
  for (let at = 0; at < chunk.length;) {
    const take = Math.min(need, chunk.length - at);
    if (inHeader)
      for (let index = 0; index < take; index++) length = ((length << 8) | (chunk[at + index] ?? 0)) >>> 0;
    at += take;
    need -= take;
    if (need > 0) break;
    if (inHeader) need = length;
    else frames++;
    if (!inHeader) {
      length = 0;
      need = 5;
    }
    inHeader = !inHeader;
  }
  if (frames >= wanted) {
    report<FloorMeasured>(frames, { chunks });
    session.destroy();
  }
});
