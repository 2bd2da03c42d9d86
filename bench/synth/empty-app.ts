import { App, TerraformStack } from 'cdktf';

/** The floor of synthesis: a CDKTF app with two stacks and nothing in them. */
const app = new App();
new TerraformStack(app, 'calico');
new TerraformStack(app, 'goldmane-edge-aggregator');
app.synth();
