import { factsOf, judgeHop, parseVersion, releases } from '../calico-releases';

test.each([
  ['3.26.4', '3.28.5'],
  ['3.28.5', '3.30.7'],
  ['3.30.7', '3.31.7'],
  ['3.30.7', '3.32.1'],
  ['3.31.7', '3.32.1'],
  ['v3.32.1', 'v3.33.0'],
])('the hop from %s to %s is allowed', (running, wanted) => {
  expect(judgeHop(running, wanted)).toEqual({ allowed: true });
});

test.each([
  ['3.30.7', '3.30.7'],
  ['3.30.7', '3.30.9'],
  ['3.30.7', '3.30.2'],
  ['3.29.1', '3.29.4'],
])('a patch moves freely: %s to %s', (running, wanted) => {
  expect(judgeHop(running, wanted).allowed).toBe(true);
});

test.each([
  ['3.26.4', '3.30.7', 'hop to 3.28 first (3.26 → 3.28 → 3.30)'],
  ['3.26.4', '3.32.1', 'hop to 3.28 first (3.26 → 3.28 → 3.30 → 3.32)'],
  ['3.28.5', '3.31.7', 'hop to 3.30 first (3.28 → 3.30 → 3.31)'],
])('an upgrade of several hops at once, %s to %s, names the first one', (running, wanted, remedy) => {
  expect(judgeHop(running, wanted)).toMatchObject({
    allowed: false,
    problem: expect.stringContaining(`v${running} → v${wanted}: more than one hop`) as string,
    remedy: expect.stringContaining(remedy) as string,
  });
});

test.each([
  ['3.32.1', '3.30.7', 'no known upgrade leads there'],
  ['3.26.4', '3.27.0', 'Calico 3.27 is not in the table'],
  ['3.25.0', '3.26.4', 'Calico 3.25 is not in the table'],
  ['3.30', '3.32.1', '"3.30" is not a Calico version'],
  ['3.30.7', 'latest', '"latest" is not a Calico version'],
])('%s to %s is refused: %s', (running, wanted, problem) => {
  expect(judgeHop(running, wanted)).toMatchObject({
    allowed: false,
    problem: expect.stringContaining(problem) as string,
  });
});

test('versions are read with and without the v, and nothing else is taken for one', () => {
  expect(parseVersion('3.30.7')).toEqual({ text: 'v3.30.7', series: '3.30', patch: 7 });
  expect(parseVersion('v3.30.7')).toEqual(parseVersion('3.30.7'));
  expect(['3.30', 'v3', '3.30.7-rc1', '>= 3.30.7', ''].map(parseVersion)).toEqual(Array(5).fill(undefined));
});

test('every hop of the table starts at a release of the table, and leads forward', () => {
  const position = (series: string): number => releases.findIndex((release) => release.series === series);
  for (const { series, upgradesFrom } of releases) {
    for (const from of upgradesFrom) {
      expect(position(from)).toBeGreaterThanOrEqual(0);
      expect(position(from)).toBeLessThan(position(series));
    }
  }
});

test('what a release does not do any more or not yet is told apart', () => {
  expect(factsOf('3.28')?.flowPlane).toBe(false);
  expect(factsOf('3.30')?.flowPlane).toBe(true);
  expect(factsOf('3.31')?.operatorPolicies).toBe('networking.k8s.io');
  expect(factsOf('3.32')).toMatchObject({ operatorPolicies: 'projectcalico.org/v3', crds: 'own-chart' });
  expect(factsOf('3.32')?.whisker).toEqual({ port: 8081, scheme: 'http' });
  expect(factsOf('3.33')?.whisker).toEqual({ port: 8443, scheme: 'https' });
});

test('who follows the remedies of refused hops arrives, one allowed hop at a time', () => {
  const version = (series: string): string => `v${series}.0`;
  for (const [at, { series: from }] of releases.entries()) {
    for (const { series: to } of releases.slice(at + 1)) {
      let current = from;
      let hops = 0;
      while (current !== to) {
        const verdict = judgeHop(version(current), version(to));
        const next = verdict.allowed ? to : /hop to (\S+) first/.exec(verdict.remedy)?.[1];
        expect({ from, to, next: next ?? 'nowhere' }).not.toMatchObject({ next: 'nowhere' });
        expect(judgeHop(version(current), version(next!))).toEqual({ allowed: true });
        current = next!;
        expect(++hops).toBeLessThan(releases.length);
      }
    }
  }
});
