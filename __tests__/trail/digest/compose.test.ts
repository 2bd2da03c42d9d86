import { composeDigest, type Block } from '../../../trail/digest/compose';
import { edge } from '../../support/seed-edges';

const now = Date.UTC(2026, 10, 20, 8) / 1000;
const since = now - 86_400;
const input = { cluster: 'prod', since, now };

function texts(blocks: readonly Block[]): string[] {
  return blocks.flatMap((block) => {
    if (block.type === 'context') return block.elements.map(({ text }) => text);
    return 'text' in block ? [block.text.text] : [];
  });
}

test('a digest groups edges by source, denied ones first', () => {
  const { text, plain } = composeDigest({
    ...input,
    edges: [
      edge('web>db allow 7', now - 60),
      edge('batch>web allow 1', now - 120),
      edge('web>mail deny 2', now - 180),
    ],
  });
  expect(text).toBe('3 new edges, 1 denied on prod');
  expect(plain).toBe(`3 new edges, 1 denied on prod, first seen 2026-11-19 08:00 to 2026-11-20 08:00 UTC

web →
  mail ⛔ denied · 2 flows · 11-20 07:57
  db · 7 flows · 11-20 07:59

batch →
  web · 1 flow · 11-20 07:58
`);
});

test('a long digest ends with how many more there are and the command that shows them', () => {
  const edges = Array.from({ length: 100 }, (_, index) => edge(`ns-${index}>db`, now - index));
  const { blocks, plain } = composeDigest({ ...input, edges: [...edges, edge('zz>db deny', now)] });
  const last = texts(blocks).at(-1);
  expect(last).toBe('…and *61 more*:\n`trail edges --cluster prod --new-since 2026-11-19T08:00`');
  expect(plain).toContain('…and 61 more: trail edges --cluster prod --new-since 2026-11-19T08:00');
  expect(plain).toContain('zz →\n  db ⛔ denied');
});

test('no digest is longer than what Slack takes', () => {
  const long = 'n'.repeat(63);
  const many = Array.from({ length: 500 }, (_, index) => edge(`${long}>${long}-${index} deny 9`, now));
  for (const edges of [many, many.map((each, index) => ({ ...each, srcNs: `${long}${index}` }))]) {
    const { blocks } = composeDigest({ ...input, edges, notes: ['a gap', 'another'], maxEdges: 500 });
    expect(blocks.length).toBeLessThanOrEqual(50);
    for (const text of texts(blocks)) expect(text.length).toBeLessThanOrEqual(3_000);
  }
});

test('a name can bring neither a link, a mention nor formatting into the channel', () => {
  const { blocks } = composeDigest({
    ...input,
    edges: [edge('<!channel>>`x`&<http://evil|ok> deny', now)].map((each) => ({
      ...each,
      srcNs: '<!channel>',
      dstNs: '`x`&<http://evil|ok>\n*bold*',
    })),
  });
  const all = texts(blocks).join('\n');
  expect(all).toContain('`&lt;!channel&gt;`');
  expect(all).toContain("`'x'&amp;&lt;http://evil|ok&gt; *bold*`");
  expect(all).not.toMatch(/<[!@#h]/);
});

test('gaps in what the trail knows are part of the message', () => {
  const { blocks, plain } = composeDigest({
    ...input,
    edges: [edge('a>b', now)],
    notes: ['no record 02:00–03:00'],
  });
  expect(texts(blocks).at(-1)).toBe('⚠️ no record 02:00–03:00');
  expect(plain).toContain('! no record 02:00–03:00');
});
