import { Writer } from 'protobufjs';

/** A record as tests write it; what is left out has the proto3 default. */
export interface TestRecord {
  readonly id: number;
  /** Unix seconds. */
  readonly window: number;
  readonly sourceName?: string;
  readonly sourceNamespace?: string;
  /** 1 workload, 2 host, 3 network set, 4 network. */
  readonly sourceType?: number;
  readonly destName?: string;
  readonly destNamespace?: string;
  readonly destPort?: number;
  readonly protocol?: string;
  /** 1 Src, 2 Dst. */
  readonly reporter: number;
  /** 0 unspecified, 1 Allow, 2 Deny, 3 Pass. */
  readonly action: number;
  readonly policy?: string;
  readonly connections?: number;
  readonly bytesIn?: number;
  readonly bytesOut?: number;
  readonly sourceLabels?: readonly string[];
  readonly destLabels?: readonly string[];
}

/** A FlowResult as goldmane.md lays it out, encoded with protobufjs, which shares nothing with our decoder. */
export function flowResult(record: TestRecord): Uint8Array {
  const key = new Writer();
  text(key, 1, record.sourceName ?? 'pod-*');
  text(key, 2, record.sourceNamespace ?? 'a');
  int(key, 3, record.sourceType ?? 1);
  text(key, 4, record.destName ?? 'pod-*');
  text(key, 5, record.destNamespace ?? 'b');
  int(key, 6, 1);
  int(key, 7, record.destPort ?? 80);
  text(key, 8, 'svc');
  text(key, 12, record.protocol ?? 'tcp');
  int(key, 13, record.reporter);
  int(key, 14, record.action);
  if (record.policy !== undefined) {
    key.uint32(122).fork().uint32(10).fork().uint32(26).string(record.policy).ldelim().ldelim();
  }
  const flow = new Writer();
  flow.uint32(10).bytes(key.finish());
  int(flow, 2, record.window);
  int(flow, 3, record.window + 15);
  for (const label of record.sourceLabels ?? []) flow.uint32(34).string(label);
  for (const label of record.destLabels ?? []) flow.uint32(42).string(label);
  int(flow, 8, record.bytesIn ?? 0);
  int(flow, 9, record.bytesOut ?? 0);
  int(flow, 10, record.connections ?? 0);
  const result = new Writer();
  int(result, 1, record.id);
  return result.uint32(18).bytes(flow.finish()).finish();
}

function text(writer: Writer, field: number, value: string): void {
  if (value !== '') writer.uint32((field << 3) | 2).string(value);
}

function int(writer: Writer, field: number, value: number): void {
  if (value !== 0) writer.uint32(field << 3).int64(value);
}
