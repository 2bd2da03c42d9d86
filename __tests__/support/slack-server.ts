import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** One answer of the server; the default is Slack's own `ok`. */
export interface SlackAnswer {
  readonly status?: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a post said. */
export interface SlackPost {
  readonly text: string;
  readonly channel?: string;
  readonly blocks: readonly Readonly<Record<string, unknown>>[];
}

/** A server that stands where Slack's webhooks are, on this machine. */
export interface SlackServer {
  /** Holds a secret path, as a real webhook does. */
  readonly url: string;
  readonly secret: string;
  readonly posts: readonly SlackPost[];
  /** Gives these answers first, in order, then `ok`. */
  answer(...answers: readonly (SlackAnswer | (() => Promise<SlackAnswer>))[]): void;
  close(): Promise<void>;
}

export async function startSlackServer(): Promise<SlackServer> {
  const posts: SlackPost[] = [];
  const answers: (SlackAnswer | (() => Promise<SlackAnswer>))[] = [];
  const secret = 'T0SECRET/B0SECRET/x7Gq';
  const server = createServer((request, response) => {
    void (async () => {
      posts.push(JSON.parse(await text(request)) as SlackPost);
      const next = answers.shift() ?? {};
      const { status = 200, body = 'ok', headers = {} } = typeof next === 'function' ? await next() : next;
      response.writeHead(status, headers).end(body);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/services/${secret}`,
    secret,
    posts,
    answer: (...next) => answers.push(...next),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
