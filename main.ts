import { App } from 'cdktf';
import { warningsOf } from './constructs/terraform/warnings';
import { InvalidPropsError } from './constructs/validation';
import { loadSettings, SettingsError } from './settings';
import { CalicoStack } from './stacks/calico';
import { GoldmaneEdgeAggregatorStack } from './stacks/goldmane-edge-aggregator';

try {
  const settings = loadSettings();
  const app = new App();
  new CalicoStack(app, 'calico', settings);
  new GoldmaneEdgeAggregatorStack(app, 'goldmane-edge-aggregator', settings);
  app.synth();
  // The cdktf command sets the variable and shows warnings itself.
  if (process.env['CDKTF_OUTDIR'] === undefined) {
    for (const warning of warningsOf(app)) console.error(`warning: ${warning}`);
  }
} catch (error) {
  if (!(error instanceof SettingsError || error instanceof InvalidPropsError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
