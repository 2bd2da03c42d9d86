import { Command } from 'commander';
import type { Context } from '../cli/context';
import { styleOf } from '../report/style';
import { renderWrapped } from '../report/wrapped';
import { matrixQuery } from '../store/queries/matrix';
import { explainNothing } from './evidence';
import { addFormatOptions, chosenFormat, writeReport, type FormatOptions } from './formats';
import { addReaderOptions, withReader, type ReaderOptions } from './reader-options';

/** `trail edges matrix`: who was seen talking to whom with a verdict of allow. */
export function create(context: Context): Command {
  const command = new Command('matrix').description(
    'Show for each namespace all that it was seen talking to, where that was allowed.',
  );
  return addReaderOptions(addFormatOptions(command)).action((options: ReaderOptions & FormatOptions) => {
    const format = chosenFormat(options, true);
    return withReader(options, context, async (asked) => {
      const [rows] = await asked.reader.ask(matrixQuery(asked.cluster));
      const style = styleOf(context.stdout, context.env);
      writeReport(
        {
          fields: ['src_ns', 'allowed_dst_ns'],
          objects: rows.map((row) => ({ src_ns: row.srcNs, allowed_dst_ns: row.allowedDstNs })),
          table: () =>
            renderWrapped(
              ['SOURCE', 'SEEN TALKING TO'],
              rows.map((row) => [row.srcNs, row.allowedDstNs] as const),
              style,
            ),
          graph: () =>
            rows.flatMap(({ srcNs, allowedDstNs }) =>
              allowedDstNs.map((dstNs) => ({ from: srcNs, to: dstNs, action: 'allow' as const })),
            ),
        },
        format,
        context,
      );
      const now = Date.now() / 1000;
      if (rows.length === 0)
        context.stderr.write(`trail: no allowed edge; ${await explainNothing(asked, undefined, now)}\n`);
    });
  });
}
