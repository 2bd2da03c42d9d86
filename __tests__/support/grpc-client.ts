import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import {
  messages,
  type FlowResult,
  type HintsRequest,
  type HintsResult,
  type ListRequest,
  type ListResult,
} from '../../demo/goldmane/messages';
import type { GoldmanePki } from '../../demo/certificates/goldmane-pki';

const identity = (bytes: Buffer): Buffer => bytes;

/** A client of Flows on @grpc/grpc-js: a second opinion on the simulator's protocol. */
export class GrpcFlowsClient {
  private readonly client: Client;

  constructor(address: string, pki: Pick<GoldmanePki, 'ca' | 'client'>) {
    this.client = new Client(
      address,
      credentials.createSsl(
        Buffer.from(pki.ca),
        Buffer.from(pki.client.key),
        Buffer.from(pki.client.certificate),
      ),
      {
        'grpc.max_receive_message_length': -1,
        'grpc.enable_retries': 0,
        'grpc.ssl_target_name_override': 'goldmane.calico-system.svc',
      },
    );
  }

  list(request: Partial<ListRequest>): Promise<ListResult> {
    const full = { start_time_gte: 0, start_time_lt: 0, page: 0, page_size: 0, ...request };
    return this.unary('List', messages.listRequest.encode(full)).then(messages.listResult.decode);
  }

  hints(request: Pick<HintsRequest, 'type'>): Promise<HintsResult> {
    const full = { start_time_gte: 0, start_time_lt: 0, page: 0, page_size: 0, ...request };
    return this.unary('FilterHints', messages.hintsRequest.encode(full)).then(messages.hintsResult.decode);
  }

  /** Opens a stream that keeps what it receives. */
  stream(startTimeGte: number): OpenStream {
    return new OpenStream(this.client, startTimeGte);
  }

  unary(method: string, request: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.client.makeUnaryRequest(
        `/goldmane.Flows/${method}`,
        identity,
        identity,
        request,
        (error, answer) => {
          if (error === null && answer !== undefined) resolve(answer);
          else reject(error ?? new Error('no answer'));
        },
      );
    });
  }

  close(): void {
    this.client.close();
  }
}

/** A running Stream call. */
export class OpenStream {
  readonly raw: Buffer[] = [];
  error: ServiceError | undefined;
  private readonly call;

  constructor(client: Client, startTimeGte: number) {
    const request = messages.streamRequest.encode({ start_time_gte: startTimeGte });
    this.call = client.makeServerStreamRequest('/goldmane.Flows/Stream', identity, identity, request);
    this.call.on('data', (message: Buffer) => this.raw.push(message));
    this.call.on('error', (error: ServiceError) => {
      this.error = error;
    });
  }

  get results(): FlowResult[] {
    return this.raw.map((bytes) => messages.flowResult.decode(bytes));
  }

  cancel(): void {
    this.call.cancel();
  }
}
