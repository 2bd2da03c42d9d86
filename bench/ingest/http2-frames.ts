import type { TLSSocket } from 'node:tls';

/** Answers one call; the socket behind it may close at any time, see `Call.open`. */
export type OnCall = (call: Call) => Promise<void>;

const PREFACE_BYTES = 24;
const HEADER_BYTES = 9;
const [DATA, HEADERS, RST_STREAM, SETTINGS, PING, WINDOW_UPDATE] = [0, 1, 3, 4, 6, 8];
const [END_STREAM, ACK, END_HEADERS] = [1, 1, 4];
const [INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE] = [4, 5];
/** Largest payload of a frame, bytes: the least that HTTP/2 allows, and what grpc-go uses. */
const MAX_FRAME_BYTES = 16_384;
const DEFAULT_WINDOW_BYTES = 65_535;

/**
 * The server's side of one HTTP/2 connection, as far as a gRPC server needs it. `node:http2` merges what is
 * written into DATA frames of its own; here the sender says what a frame is. Headers of requests are not read:
 * the caller must know by its body which call it is. What requests take of flow control is never given back, which
 * is enough for thousands of them. Source: RFC 9113.
 */
export class Http2Connection {
  open = true;
  /** What may still be sent, bytes: on the connection, and on a stream that begins. */
  room = DEFAULT_WINDOW_BYTES;
  #initialRoom = DEFAULT_WINDOW_BYTES;
  #received = Buffer.alloc(0);
  #skip = PREFACE_BYTES;
  readonly #calls = new Map<number, Call>();
  readonly #waiting: (() => void)[] = [];

  constructor(
    private readonly socket: TLSSocket,
    private readonly onCall: OnCall,
  ) {
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.#read(chunk);
    });
    socket.on('error', () => undefined);
    socket.on('drain', () => {
      this.#wake();
    });
    socket.on('close', () => {
      this.open = false;
      for (const call of this.#calls.values()) call.open = false;
      this.#wake();
    });
    const largest = Buffer.alloc(6);
    largest.writeUInt16BE(MAX_FRAME_SIZE, 0);
    largest.writeUInt32BE(MAX_FRAME_BYTES, 2);
    socket.write(frame(SETTINGS, 0, 0, largest));
  }

  /** Writes, and waits while the socket is full. */
  async write(bytes: Buffer): Promise<void> {
    if (this.open) this.socket.write(bytes);
    while (this.open && this.socket.writableNeedDrain) await this.change();
  }

  /** Resolves once anything has changed: room, the socket, a call that ended. */
  change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #read(chunk: Buffer): void {
    let bytes = Buffer.concat([this.#received, chunk]);
    const skipped = Math.min(this.#skip, bytes.length);
    this.#skip -= skipped;
    bytes = bytes.subarray(skipped);
    while (bytes.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + bytes.readUIntBE(0, 3);
      if (bytes.length < end) break;
      this.#take(bytes[3] ?? 0, bytes[4] ?? 0, bytes.readUInt32BE(5), bytes.subarray(HEADER_BYTES, end));
      bytes = bytes.subarray(end);
    }
    this.#received = bytes;
  }

  #take(type: number, flags: number, id: number, payload: Buffer): void {
    if (type === SETTINGS && (flags & ACK) === 0) this.#adopt(payload);
    else if (type === PING && (flags & ACK) === 0) this.socket.write(frame(PING, ACK, 0, payload));
    else if (type === WINDOW_UPDATE) this.#widen(id, payload.readUInt32BE(0));
    else if (type === RST_STREAM) this.end(id);
    else if (type === HEADERS) this.#calls.set(id, new Call(this, id, this.#initialRoom));
    else if (type === DATA) this.#calls.get(id)?.receive(payload);
    const call = this.#calls.get(id);
    if ((type === HEADERS || type === DATA) && (flags & END_STREAM) !== 0 && call !== undefined)
      void this.onCall(call);
  }

  #adopt(settings: Buffer): void {
    for (let at = 0; at < settings.length; at += 6) {
      if (settings.readUInt16BE(at) !== INITIAL_WINDOW_SIZE) continue;
      const room = settings.readUInt32BE(at + 2);
      for (const call of this.#calls.values()) call.room += room - this.#initialRoom;
      this.#initialRoom = room;
    }
    this.socket.write(frame(SETTINGS, ACK, 0));
    this.#wake();
  }

  #widen(id: number, bytes: number): void {
    const call = this.#calls.get(id);
    if (id === 0) this.room += bytes;
    else if (call !== undefined) call.room += bytes;
    this.#wake();
  }

  /** Forgets a call that is over. */
  end(id: number): void {
    const call = this.#calls.get(id);
    if (call !== undefined) call.open = false;
    this.#calls.delete(id);
    this.#wake();
  }
}

/** One gRPC call, seen by the server. */
export class Call {
  open = true;
  #request = Buffer.alloc(0);

  constructor(
    private readonly connection: Http2Connection,
    private readonly id: number,
    /** What flow control lets this stream still send, bytes. */
    public room: number,
  ) {}

  /** The request so far: its gRPC messages with their headers. */
  get request(): Buffer {
    return this.#request;
  }

  receive(payload: Buffer): void {
    this.#request = Buffer.concat([this.#request, payload]);
  }

  /** Sends the response's headers. */
  respond(): Promise<void> {
    const status200 = 0x88;
    const headers = Buffer.from([status200, ...literal('content-type', 'application/grpc')]);
    return this.connection.write(frame(HEADERS, END_HEADERS, this.id, headers));
  }

  /**
   * Sends each payload (at most 16 KiB) as one DATA frame, all of them in one write as far as flow control has
   * room, and waits until the socket has taken them or the call is over.
   */
  async send(payloads: readonly Buffer[]): Promise<void> {
    const rest = payloads.values();
    let payload = rest.next().value;
    while (payload !== undefined && this.open) {
      const parts: Buffer[] = [];
      for (; payload !== undefined && this.#take(payload.length); payload = rest.next().value)
        parts.push(frameHeader(DATA, 0, this.id, payload.length), payload);
      if (parts.length === 0) await this.connection.change();
      else await this.connection.write(Buffer.concat(parts));
    }
  }

  /** Sends a body of any length, in frames as large as they may be. */
  async sendBody(body: Buffer): Promise<void> {
    for (let at = 0; at < body.length && this.open; at += MAX_FRAME_BYTES)
      await this.send([body.subarray(at, at + MAX_FRAME_BYTES)]);
  }

  /** Ends the call with gRPC's status 0. */
  async end(): Promise<void> {
    if (!this.open) return;
    const trailers = Buffer.from(literal('grpc-status', '0'));
    await this.connection.write(frame(HEADERS, END_HEADERS | END_STREAM, this.id, trailers));
    this.connection.end(this.id);
  }

  #take(bytes: number): boolean {
    if (bytes > this.room || bytes > this.connection.room) return false;
    this.room -= bytes;
    this.connection.room -= bytes;
    return true;
  }
}

function frameHeader(type: number, flags: number, id: number, length: number): Buffer {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUIntBE(length, 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(id, 5);
  return header;
}

function frame(type: number, flags: number, id: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([frameHeader(type, flags, id, payload.length), payload]);
}

/** A header field that neither side's table remembers. Names and values shorter than 127 bytes. */
function literal(name: string, value: string): number[] {
  return [0, name.length, ...Buffer.from(name), value.length, ...Buffer.from(value)];
}
