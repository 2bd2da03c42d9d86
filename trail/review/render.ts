import { formatGithub } from '../../review/format/github';
import { formatJson } from '../../review/format/json';
import { formatMarkdown } from '../../review/format/markdown';
import { formatSarif } from '../../review/format/sarif';
import { formatText, type Paint } from '../../review/format/text';
import type { Review } from '../../review/review';
import { rules } from '../../review/rules';

/** Formats of a review, as --format names them. */
export const formats = ['text', 'markdown', 'json', 'sarif', 'github'] as const;

export type Format = (typeof formats)[number];

export interface RenderOptions {
  readonly paint: Paint;
  readonly width: number;
  readonly full: boolean;
  /** File that SARIF results point at. */
  readonly uri: string;
}

/** The review in one format. */
export function render(review: Review, format: Format, options: RenderOptions): string {
  switch (format) {
    case 'text':
      return formatText(review, options);
    case 'markdown':
      return formatMarkdown(review, options);
    case 'json':
      return formatJson(review);
    case 'sarif':
      return formatSarif(review, { uri: options.uri, rules });
    case 'github':
      return formatGithub(review);
  }
}
