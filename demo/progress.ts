/** Tells a person what is going on: a spinner on a terminal, plain lines elsewhere. Everything goes to stderr. */
export interface Progress {
  /** Runs one step and tells how it went; `done` says what it brought. */
  readonly step: <T>(doing: string, work: () => Promise<T>, done: (result: T) => string) => Promise<T>;
}

/** Progress for `output`. */
export async function createProgress(output: NodeJS.WriteStream): Promise<Progress> {
  // A terminal is asked for by name: CI logs and pipes get lines that stay readable.
  return output.isTTY && process.env['TERM'] !== 'dumb' ? spinner(output) : lines(output);
}

async function spinner(stream: NodeJS.WriteStream): Promise<Progress> {
  const { default: ora } = await import('ora');
  return {
    async step(doing, work, done) {
      // Signals stay ours, or Ctrl-C would skip the clean-up.
      const spin = ora({ text: doing, stream, discardStdin: false, hideCursor: true }).start();
      try {
        const result = await work();
        spin.succeed(done(result));
        return result;
      } catch (error) {
        spin.fail(doing);
        throw error;
      }
    },
  };
}

function lines(stream: NodeJS.WriteStream): Progress {
  return {
    async step(doing, work, done) {
      stream.write(`- ${doing} …\n`);
      try {
        const result = await work();
        stream.write(`✔ ${done(result)}\n`);
        return result;
      } catch (error) {
        stream.write(`✖ ${doing}\n`);
        throw error;
      }
    },
  };
}
