/** Where a live view is drawn. */
interface Terminal {
  write(text: string): unknown;
  readonly columns?: number;
}

/** Keeps a few lines at the bottom of a terminal current, with finished lines scrolling away above them. */
export class Screen {
  #drawn = 0;
  #last: readonly string[] = [];

  constructor(readonly terminal: Terminal) {}

  /** Replaces the lines at the bottom. */
  draw(lines: readonly string[]): void {
    if (lines.join('\n') === this.#last.join('\n')) return;
    this.#last = lines;
    const width = this.terminal.columns ?? 80;
    const text = lines.map((line) => `${cut(line, width - 1)}\u001b[K\n`).join('');
    this.terminal.write(`${this.#home()}${text}\u001b[J`);
    this.#drawn = lines.length;
  }

  /** Writes a line above them that stays. */
  print(line: string): void {
    const lines = this.#last;
    this.terminal.write(`${this.#home()}\u001b[J${line}\n`);
    this.#drawn = 0;
    this.#last = [];
    if (lines.length > 0) this.draw(lines);
  }

  #home(): string {
    return this.#drawn === 0 ? '' : `\u001b[${this.#drawn}F`;
  }
}

// A line that wraps would shift all that is drawn after it. Colour codes take no columns.
function cut(line: string, width: number): string {
  // eslint-disable-next-line no-control-regex -- colour codes are what is counted apart
  const parts = line.split(/(\u001b\[\d+m)/);
  let room = width;
  return parts
    .map((part) => {
      if (part.startsWith('\u001b')) return part;
      const shown = part.slice(0, Math.max(0, room));
      room -= shown.length;
      return shown;
    })
    .join('');
}
