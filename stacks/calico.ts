import { TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import type { Settings } from '../settings';

/** The flow plane: Calico's operator, Goldmane, Whisker and what guards them. Composition only. */
export class CalicoStack extends TerraformStack {
  constructor(scope: Construct, id: string, _settings: Settings) {
    super(scope, id);
  }
}
