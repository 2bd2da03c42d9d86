import type { Edge } from '../report/edge';
import { utc } from '../report/time';
import { code, escapeMrkdwn } from './escape';
import { groupBySource, type SourceGroup } from './group';

/** What a digest is made from. Times in Unix seconds. */
export interface DigestInput {
  readonly cluster: string;
  /** New edges; more than `maxEdges` are told as a number. */
  readonly edges: readonly Edge[];
  /** Start of the time that the digest is about. */
  readonly since: number;
  readonly now: number;
  /** Sentences about what the trail can't know, e.g. a gap in its coverage. @default none */
  readonly notes?: readonly string[];
  /** Edges that are listed by name. @default 40 */
  readonly maxEdges?: number;
}

/** A block of Slack's Block Kit, as far as the digest uses it. */
export type Block =
  | { readonly type: 'header'; readonly text: { readonly type: 'plain_text'; readonly text: string } }
  | { readonly type: 'section'; readonly text: { readonly type: 'mrkdwn'; readonly text: string } }
  | {
      readonly type: 'context';
      readonly elements: readonly { readonly type: 'mrkdwn'; readonly text: string }[];
    }
  | { readonly type: 'divider' };

/** One digest in the forms that it is told in. */
export interface DigestMessage {
  /** One line: what notifications and screen readers show. */
  readonly text: string;
  readonly blocks: readonly Block[];
  /** The whole message without markup, for a terminal or a log. Ends with a line break. */
  readonly plain: string;
}

const MAX_EDGES = 40;
/** Slack refuses more than 50 blocks and more than 3,000 characters in a section. */
const MAX_GROUPS = 40;
const MAX_SECTION_CHARACTERS = 2_900;

/** Composes the digest: by source namespace, denied edges first, bounded in length. Pure. */
export function composeDigest(input: DigestInput): DigestMessage {
  const { cluster, edges, since, now } = input;
  const groups = groupBySource(edges, Math.min(input.maxEdges ?? MAX_EDGES, MAX_GROUPS));
  const listed = groups.reduce((sum, group) => sum + group.edges.length, 0);
  const denied = edges.filter(({ action }) => action === 'deny').length;
  const title = `${edges.length} new ${edges.length === 1 ? 'edge' : 'edges'}`;
  const headline = `${title}${denied === 0 ? '' : `, ${denied} denied`}`;
  const range = `${utc(since)} to ${utc(now)} UTC`;
  const command = `trail edges --cluster ${cluster} --new-since ${utc(since).replace(' ', 'T')}`;
  const more = edges.length - listed;
  const notes = input.notes ?? [];

  const blocks: Block[] = [
    { type: 'header', text: { type: 'plain_text', text: headline } },
    context(`Cluster ${code(cluster)}, first seen ${range}`),
    ...groups.flatMap((group) => sections(group)),
    ...(more === 0 ? [] : [section(`…and *${more} more*:\n${code(command)}`)]),
    ...notes.map((note) => context(`⚠️ ${escapeMrkdwn(note)}`)),
  ];
  const plain = [
    `${headline} on ${cluster}, first seen ${range}`,
    ...groups.flatMap(({ source, edges: of }) => [
      '',
      `${source} →`,
      ...of.map((edge) => `  ${line(edge, plainText)}`),
    ]),
    ...(more === 0 ? [] : ['', `…and ${more} more: ${command}`]),
    ...(notes.length === 0 ? [] : ['', ...notes.map((note) => `! ${note}`)]),
  ];
  return { text: `${headline} on ${escapeMrkdwn(cluster)}`, blocks, plain: `${plain.join('\n')}\n` };
}

interface Markup {
  readonly name: (text: string) => string;
  readonly strong: (text: string) => string;
}

const plainText: Markup = { name: (text) => text, strong: (text) => text };
const mrkdwn: Markup = { name: code, strong: (text) => `*${text}*` };

/** One edge on one line that a phone shows unbroken in most cases. */
function line(edge: Edge, { name, strong }: Markup): string {
  const verdict =
    edge.action === 'allow'
      ? ''
      : ` ${edge.action === 'deny' ? `⛔ ${strong('denied')}` : `(${edge.action})`}`;
  const flows = `${edge.flowCount} ${edge.flowCount === 1 ? 'flow' : 'flows'}`;
  return `${name(edge.dstNs)}${verdict} · ${flows} · ${utc(edge.firstSeen).slice(5)}`;
}

/** Usually one section; more where a namespace has so many edges that one would grow too long. */
function sections(group: SourceGroup): Block[] {
  const blocks: Block[] = [];
  let text = `${code(group.source)} →`;
  for (const edge of group.edges) {
    const next = `\n• ${line(edge, mrkdwn)}`;
    if (text.length + next.length > MAX_SECTION_CHARACTERS) {
      blocks.push(section(text));
      text = `${code(group.source)} → (continued)`;
    }
    text += next;
  }
  return [...blocks, section(text)];
}

function section(text: string): Block {
  return { type: 'section', text: { type: 'mrkdwn', text } };
}

function context(text: string): Block {
  return { type: 'context', elements: [{ type: 'mrkdwn', text }] };
}
