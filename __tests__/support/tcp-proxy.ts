import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

interface Link {
  readonly client: Socket;
  readonly server: Socket;
}

/** A network between a client and a server on 127.0.0.1 that fails as a test wants. */
export class TcpProxy {
  private readonly links = new Set<Link>();
  private hanging = false;
  private delayMs = 0;

  private constructor(
    private readonly listener: Server,
    private target: number,
  ) {}

  /** Listens on a free port and leads to `target`, a port on 127.0.0.1. */
  static async open(target: number): Promise<TcpProxy> {
    // Half-open ends stay as they are; this is what some tests are about.
    const listener = createServer({ allowHalfOpen: true });
    const proxy = new TcpProxy(listener, target);
    listener.on('connection', (client) => {
      proxy.link(client);
    });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.listener.address() as AddressInfo).port;
  }

  get connections(): number {
    return this.links.size;
  }

  /** The same URL, by way of this proxy. */
  through(url: string): string {
    const changed = new URL(url);
    changed.port = String(this.port);
    return changed.href;
  }

  /** Both ends stay connected but nothing passes, not even the end of a connection; false = all of it passes on. */
  hang(hanging: boolean): void {
    this.hanging = hanging;
    if (hanging) return;
    for (const { client, server } of this.links) {
      client.resume();
      server.resume();
    }
  }

  /** Answers take so much longer from now on; 0 = they don't. */
  slow(delayMs: number): void {
    this.delayMs = delayMs;
  }

  /** Resets every connection. */
  cut(): void {
    for (const { client, server } of this.links) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
  }

  /** New connections lead to another port on 127.0.0.1. */
  redirect(target: number): void {
    this.target = target;
  }

  async close(): Promise<void> {
    this.cut();
    this.listener.close();
    await once(this.listener, 'close');
  }

  private link(client: Socket): void {
    const server = connect({ port: this.target, host: '127.0.0.1', allowHalfOpen: true });
    const link = { client, server };
    this.links.add(link);
    this.pass(client, server, () => 0);
    this.pass(server, client, () => this.delayMs);
    for (const socket of [client, server]) {
      socket.on('error', () => {
        if (this.hanging) return;
        client.resetAndDestroy();
        server.resetAndDestroy();
      });
      socket.once('close', () => {
        if (client.destroyed && server.destroyed) this.links.delete(link);
      });
    }
  }

  private pass(from: Socket, to: Socket, delayMs: () => number): void {
    let earliest = 0;
    // What arrives later leaves later, whatever the delay was meanwhile.
    const later = (act: () => void): void => {
      earliest = Math.max(earliest, performance.now() + delayMs());
      const wait = earliest - performance.now();
      if (wait <= 0) act();
      else setTimeout(act, wait);
    };
    from.on('data', (chunk) => {
      if (this.hanging) {
        from.pause();
        from.unshift(chunk);
        return;
      }
      later(() => {
        if (to.destroyed || to.writableEnded) return;
        if (!to.write(chunk)) {
          from.pause();
          to.once('drain', () => from.resume());
        }
      });
    });
    from.on('end', () => {
      later(() => to.end());
    });
  }
}
