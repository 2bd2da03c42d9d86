import { join } from 'node:path';
import { FlowCounter } from '../../trail/aggregator/flow-counter';
import { KeySpaces } from '../../trail/flow/key-spaces';
import { WindowBook } from '../../trail/flow/window-book';
import { GoldmaneConnection } from '../../trail/goldmane/connection';
import { FlowDecoder } from '../../trail/goldmane/flow-decoder';
import { readTlsFiles } from '../../trail/goldmane/tls-files';
import { report, type ReaderMeasured } from './measured';

/** Reader, decoding and counting, as the aggregator runs them, without a database. */
async function main(): Promise<void> {
  const [port = '', directory = '.', expected = '0', perWindow = '0'] = process.argv.slice(2);
  const wanted = Number(expected);
  const tls = readTlsFiles({
    cert: join(directory, 'tls.crt'),
    key: join(directory, 'tls.key'),
    ca: join(directory, 'ca.crt'),
  });
  const connection = await GoldmaneConnection.open(
    { address: `127.0.0.1:${port}`, serverName: 'goldmane', insecure: false },
    tls,
  );
  const counter = new FlowCounter(
    new FlowDecoder(1),
    new WindowBook(new KeySpaces(new Set(['monitoring', 'kube-system', 'dbaas']))),
  );
  const done = new AbortController();
  // What the writer would do with readings, short of writing them.
  const taking = setInterval(() => counter.book.take(), 2_000);
  let windowSeconds = 0;
  let windowBegan = 0;
  let windowEnd = 0;
  await connection.stream(
    { secondsAgo: 3_590 },
    (buffer, start, end) => {
      if (counter.results === windowEnd) {
        windowBegan = performance.now();
        windowEnd += Number(perWindow);
      }
      counter.sink(buffer, start, end);
      if (counter.results === windowEnd)
        windowSeconds = Math.max(windowSeconds, (performance.now() - windowBegan) / 1000);
      if (counter.results >= wanted) done.abort();
    },
    done.signal,
  );
  clearInterval(taking);
  counter.book.take();
  report<ReaderMeasured>(counter.results, { windowSeconds });
  connection.close();
}

void main();
