/** What the load server sends: a replay of `windows` windows that ends with the present one. */
export interface Load {
  readonly results: number;
  readonly windows: number;
  readonly edges: number;
}

/** Start of the first window, Unix seconds. */
export const FIRST_WINDOW = 1_795_253_460;
/** Namespaces that the edges connect. */
const NAMESPACES = 128;

/** Results of one window. */
export function perWindow({ results, windows }: Load): number {
  return Math.ceil(results / windows);
}

/**
 * The messages of a replay, from pre-encoded ones: only ids and times are patched, so that sending costs next to
 * nothing. Each flow has both records, in neighbouring messages; sizes and fields are those that a real Goldmane
 * sends (about 405 bytes a result). Ids are distinct.
 */
export class LoadFrames {
  readonly perWindow: number;
  readonly #variants: Buffer[][] = [];

  constructor(private readonly load: Load) {
    this.perWindow = perWindow(load);
    const flows = Math.ceil(this.perWindow / 2);
    const variants = Math.min(load.windows, Math.ceil(load.edges / flows));
    for (let variant = 0; variant < variants; variant++)
      this.#variants.push(
        Array.from({ length: this.perWindow }, (_, index) =>
          encode((variant * flows + (index >> 1)) % load.edges, index >> 1, index & 1),
        ),
      );
  }

  /** A message of its own, gRPC header included. */
  message(window: number, index: number): Buffer {
    const encoded = this.#variants[window % this.#variants.length]?.[index];
    if (encoded === undefined) throw new RangeError(`no message ${index} in window ${window}`);
    const bytes = Buffer.from(encoded);
    const start = FIRST_WINDOW + 15 * window;
    const times = bytes.indexOf(START_MARK);
    patchVarint(bytes, ID_AT, window * this.perWindow + index + 1);
    patchVarint(bytes, times + 1, start);
    patchVarint(bytes, times + START_MARK.length + 1, start + 15);
    return bytes;
  }
}

// Tag of the field and a first byte of its placeholder that no other place in the message has.
const PLACEHOLDER = [0xff, 0xff, 0xff, 0xff, 0x07];
const START_MARK = Buffer.from([0x10, ...PLACEHOLDER]);
const END_MARK = Buffer.from([0x18, ...PLACEHOLDER]);
/** After the gRPC header and the tag of the id. */
const ID_AT = 5 + 1;

/** Numbers keep five bytes whatever their size; padding is legal and rare enough to find. */
function patchVarint(bytes: Buffer, at: number, value: number): void {
  let rest = value;
  for (let index = 0; index < 4; index++) {
    bytes[at + index] = (rest & 0x7f) | 0x80;
    rest = Math.floor(rest / 128);
  }
  bytes[at + 4] = rest;
}

function encode(edge: number, flow: number, side: number): Buffer {
  const source = `team-${edge % NAMESPACES}`;
  const target = `service-${Math.floor(edge / NAMESPACES)}`;
  const key = [
    ...text(1, `frontend-7d9f8b6c5-${flow % 97}-*`),
    ...text(2, source),
    0x18,
    1,
    ...text(4, `backend-5f6d7c8b9-${flow % 89}-*`),
    ...text(5, target),
    0x30,
    1,
    0x38,
    0x90,
    0x3f,
    ...text(8, 'backend'),
    ...text(9, target),
    ...text(10, 'http'),
    0x58,
    80,
    ...text(12, 'tcp'),
    0x68,
    side + 1,
    0x70,
    1,
    ...bytes(15, [
      ...bytes(1, [
        0x08,
        6,
        ...text(2, target),
        ...text(3, 'allow-from-frontends'),
        ...text(4, 'default'),
        0x28,
        1,
      ]),
    ]),
  ];
  const flowBytes = [
    ...bytes(1, key),
    ...START_MARK,
    ...END_MARK,
    ...text(4, 'app.kubernetes.io/name=frontend'),
    ...text(4, 'app.kubernetes.io/instance=frontend-production'),
    ...text(4, 'projectcalico.org/orchestrator=k8s'),
    ...text(5, 'app.kubernetes.io/name=backend'),
    ...text(5, 'app.kubernetes.io/instance=backend-production'),
    0x30,
    0xac,
    0x02,
    0x38,
    0xac,
    0x02,
    0x40,
    0x80,
    0xfa,
    0x01,
    0x48,
    0x80,
    0xfa,
    0x01,
    0x50,
    3,
    0x58,
    2,
    0x60,
    1,
  ];
  const message = [0x08, ...PLACEHOLDER, ...bytes(2, flowBytes)];
  const frame = Buffer.allocUnsafe(5 + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, 5);
  return frame;
}

function text(field: number, value: string): number[] {
  return bytes(field, [...Buffer.from(value)]);
}

function bytes(field: number, content: readonly number[]): number[] {
  const length =
    content.length < 128 ? [content.length] : [(content.length & 0x7f) | 0x80, content.length >> 7];
  return [(field << 3) | 2, ...length, ...content];
}
