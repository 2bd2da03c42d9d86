import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One page of the documentation: its path relative to the project, and its text. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

/** README, CONTRIBUTING and the like, and everything under docs/. */
export function pages(root: string): Page[] {
  const top = readdirSync(root).filter((name) => name.endsWith('.md'));
  const below = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`);
  return [...top, ...below].sort().map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

const fence = /^(`{3,}|~{3,})([^\n`]*)\n([\s\S]*?)\n?^\1[ \t]*$/gm;

/** Fenced code blocks of `text`: language and content. */
export function codeBlocks(text: string): { readonly language: string; readonly code: string }[] {
  return [...text.matchAll(fence)].map(([, , info, code]) => ({ language: info!.trim(), code: code! }));
}

/** Inline code of `text`, outside fenced blocks. */
export function inlineCode(text: string): string[] {
  return [...text.replaceAll(fence, '').matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!);
}

/** Targets of links and images in `text`, outside code. */
export function links(text: string): string[] {
  const prose = text.replaceAll(fence, '').replaceAll(/`[^`\n]*`/g, 'code');
  const inline = [...prose.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)];
  const defined = [...prose.matchAll(/^\[[^\]]+\]:\s+(\S+)/gm)];
  const html = [...prose.matchAll(/(?:src|href)="([^"]+)"/g)];
  return [...inline, ...defined, ...html].map(([, target]) => target!);
}

/** Anchors of the headings in `text`, as GitHub makes them. */
export function anchors(text: string): Set<string> {
  const seen = new Map<string, number>();
  const all = new Set<string>();
  for (const [, heading] of text.replaceAll(fence, '').matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const slug = heading!
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-');
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    all.add(count === 0 ? slug : `${slug}-${count}`);
  }
  return all;
}
