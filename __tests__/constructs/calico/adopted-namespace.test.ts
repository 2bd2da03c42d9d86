import { AdoptedNamespace, type AdoptedNamespaceProps } from '../../../constructs/calico/adopted-namespace';
import { synthConstruct, type Synthesized } from '../../support/synth';

const synth = (props: AdoptedNamespaceProps): Synthesized =>
  synthConstruct((scope) => new AdoptedNamespace(scope, 'calico-system', props));
const address = 'kubernetes_namespace_v1.calico-system';

test('a plan that would delete the namespace, and the network with it, is refused', () => {
  expect(synth({ name: 'calico-system' }).resource(address)['lifecycle']).toMatchObject({
    prevent_destroy: true,
  });
});

test('its label is its name, and labels that others stamp on it do not drift', () => {
  const namespace = synth({ name: 'calico-system', foreignLabels: ['example.com/mode'] }).resource(address);
  expect(namespace['metadata']).toEqual({ name: 'calico-system', labels: { name: 'calico-system' } });
  expect(namespace['lifecycle']).toMatchObject({
    ignore_changes: ['metadata[0].labels["example.com/mode"]'],
  });
});

test('an existing namespace is imported, never made anew', () => {
  expect(synth({ name: 'calico-system', adopt: true }).imports).toEqual({ [address]: 'calico-system' });
  expect(synth({ name: 'calico-system' }).imports).toEqual({});
});

test('a name that Kubernetes would refuse is refused at synth', () => {
  expect(() => synth({ name: 'Calico_System' })).toThrow(/name: "Calico_System" is not a namespace name/);
});
