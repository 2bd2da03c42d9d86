import { TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import type { Settings } from '../settings';

/** The durable trail: database, certificates, aggregator and digest. Composition only. */
export class GoldmaneEdgeAggregatorStack extends TerraformStack {
  constructor(scope: Construct, id: string, _settings: Settings) {
    super(scope, id);
  }
}
