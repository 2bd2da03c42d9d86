import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, type Type } from 'protobufjs';
import type { FlowCounts, FlowKey } from './flow';

const proto = join(__dirname, '..', '..', 'trail', 'goldmane', 'proto', 'goldmane.proto');
const { root } = parse(readFileSync(proto, 'utf8'), { keepCase: true });

/** Encoder and decoder of one message of goldmane.proto. */
export interface Codec<Message> {
  /** Fields that are left out get their proto3 default. */
  readonly encode: (message: Message) => Buffer;
  /** 64-bit integers arrive as numbers. */
  readonly decode: (bytes: Uint8Array) => Message;
}

function codec<Message extends object>(name: string): Codec<Message> {
  const type: Type = root.lookupType(`goldmane.${name}`);
  return {
    encode: (message) => Buffer.from(type.encode(message as Record<string, unknown>).finish()),
    decode: (bytes) =>
      type.toObject(type.decode(bytes), { longs: Number, defaults: true, arrays: true }) as Message,
  };
}

export interface StringMatch {
  readonly value: string;
  /** 0 exact, 1 contains. */
  readonly type: number;
}

export interface Filter {
  readonly source_names?: readonly StringMatch[];
  readonly source_namespaces?: readonly StringMatch[];
  readonly dest_names?: readonly StringMatch[];
  readonly dest_namespaces?: readonly StringMatch[];
  readonly protocols?: readonly StringMatch[];
  readonly dest_ports?: readonly { readonly port: number }[];
  readonly actions?: readonly number[];
}

export interface StreamRequest {
  readonly start_time_gte: number;
  readonly filter?: Filter | null;
}

export interface ListRequest {
  readonly start_time_gte: number;
  readonly start_time_lt: number;
  readonly page: number;
  readonly page_size: number;
  readonly sort_by?: readonly { readonly sort_by: number }[];
  readonly filter?: Filter | null;
}

export interface HintsRequest extends Omit<ListRequest, 'sort_by'> {
  readonly type: number;
}

export interface Flow extends FlowCounts {
  readonly Key: FlowKey;
  readonly start_time: number;
  readonly end_time: number;
  readonly source_labels: readonly string[];
  readonly dest_labels: readonly string[];
}

export interface FlowResult {
  readonly id: number;
  readonly flow: Flow;
}

export interface ListMeta {
  readonly totalPages: number;
  readonly totalResults: number;
}

export interface ListResult {
  readonly meta: ListMeta;
  readonly flows: readonly FlowResult[];
}

export interface HintsResult {
  readonly meta: ListMeta;
  readonly hints: readonly { readonly value: string }[];
}

/** The messages of service Flows. */
export const messages = {
  streamRequest: codec<StreamRequest>('FlowStreamRequest'),
  listRequest: codec<ListRequest>('FlowListRequest'),
  hintsRequest: codec<HintsRequest>('FilterHintsRequest'),
  flowResult: codec<FlowResult>('FlowResult'),
  listResult: codec<ListResult>('FlowListResult'),
  hintsResult: codec<HintsResult>('FilterHintsResult'),
};
