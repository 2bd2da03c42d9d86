import type { Paint } from '../../review/format/text';
import type { Gate, GateState } from './gate';
import { livePicture } from './live-view';
import { Screen } from './screen';
import type { RollEvent, RollStatus, RollVerdict } from './tracker';

type Output = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

/** How a roll is told: a live view on a terminal, plain lines elsewhere, or JSON, one object a line. */
export interface Reporter {
  event(event: RollEvent, at: Date): void;
  status(status: RollStatus): void;
  gates(gates: readonly Gate[]): void;
  verdict(verdict: RollVerdict): void;
}

export function reporterFor(
  output: Output,
  options: { readonly json: boolean; readonly paint: Paint },
): Reporter {
  if (options.json) return jsonReporter(output);
  return output.isTTY === true ? liveReporter(output, options.paint) : plainReporter(output, options.paint);
}

const signs: Readonly<Record<GateState, string>> = { pass: '✔', fail: '✖', unknown: '?' };

function gateLines(gates: readonly Gate[], paint: Paint): readonly string[] {
  const colors = { pass: paint.green, fail: paint.red, unknown: paint.yellow };
  return gates.flatMap(({ state, title, id, seen }) => {
    const head = `${colors[state](signs[state])} ${title}  ${paint.dim(`${state} · ${id}`)}`;
    return [head, ...seen.map((line) => `    ${line}`)];
  });
}

function verdictLines({ outcome, reason, commands }: RollVerdict, paint: Paint): readonly string[] {
  const word = {
    done: paint.green(paint.bold('DONE')),
    stop: paint.red(paint.bold('STOP')),
    unknown: paint.yellow(paint.bold('UNKNOWN')),
  }[outcome];
  const lead = outcome === 'stop' ? 'Keep the other nodes as they are, then go back:' : 'Next:';
  return [
    `${word}  ${reason}`,
    ...(commands.length === 0 ? [] : ['', lead, ...commands.map((command) => `  ${command}`)]),
  ];
}

function plainReporter(output: Output, paint: Paint): Reporter {
  const write = (line: string): void => void output.write(`${line}\n`);
  return {
    event: (event, at) => {
      if (event.type !== 'verdict') write(eventLine(event, at));
    },
    status: () => undefined,
    gates: (gates) => {
      for (const line of gateLines(gates, paint)) write(line);
    },
    verdict: (verdict) => {
      for (const line of verdictLines(verdict, paint)) write(line);
    },
  };
}

function liveReporter(output: Output, paint: Paint): Reporter {
  const screen = new Screen(output);
  return {
    event: (event, at) => {
      if (event.type !== 'verdict') screen.print(paint.dim(eventLine(event, at)));
    },
    status: (status) => {
      screen.draw(livePicture(status, paint));
    },
    gates: (gates) => {
      for (const line of gateLines(gates, paint)) output.write(`${line}\n`);
    },
    verdict: (verdict) => {
      output.write('\n');
      for (const line of verdictLines(verdict, paint)) output.write(`${line}\n`);
    },
  };
}

function eventLine({ message }: RollEvent, at: Date): string {
  return `${at.toISOString().slice(11, 19)}  ${message}`;
}

function jsonReporter(output: Output): Reporter {
  const write = (object: object): void => void output.write(`${JSON.stringify(object)}\n`);
  return {
    event: (event, at) => {
      if (event.type !== 'verdict') write({ at: at.toISOString(), ...event });
    },
    status: () => undefined,
    gates: (gates) => {
      for (const gate of gates) write({ type: 'gate', ...gate });
    },
    verdict: (verdict) => {
      write({ type: 'verdict', ...verdict });
    },
  };
}

/** `3 pass, 1 unknown`, for the last line of a check. */
export function gateCounts(gates: readonly Gate[]): string {
  return (['pass', 'fail', 'unknown'] as const)
    .map((state) => [gates.filter((each) => each.state === state).length, state] as const)
    .filter(([count]) => count > 0)
    .map(([count, state]) => `${count} ${state}`)
    .join(', ');
}
