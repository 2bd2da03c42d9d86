import { Argument, Command } from 'commander';
import { namespace } from '../cli/arguments';
import type { Context } from '../cli/context';
import { styleOf } from '../report/style';
import { pairDaysQuery } from '../store/queries/edge-days';
import { edgesQuery } from '../store/queries/edges';
import { servicesQuery } from '../store/queries/services';
import { evidence } from './evidence';
import { explanationObject, renderExplanation, type Explanation } from './render-explanation';
import { addReaderOptions, withReader, type Asked, type ReaderOptions } from './reader-options';

const DAY_SECONDS = 86_400;
/** How far back days are counted. */
const RECENT_DAYS = 30;
/** More rows of services than a person reads; the rest is counted by `--src --dst --port`. */
const MAX_SERVICES = 50;

/** `trail edges explain SRC DST`: all that is known of one pair, and how much the trail could know. */
export function create(context: Context): Command {
  const command = new Command('explain')
    .description(
      'Explain one pair of namespaces: since when, how often, on which ports, last denied, what evidence.',
    )
    .addArgument(new Argument('<src>', 'source namespace').argParser(namespace))
    .addArgument(new Argument('<dst>', 'destination namespace').argParser(namespace))
    .option('--json', 'one JSON object');
  return addReaderOptions(command).action(
    (src: string, dst: string, options: ReaderOptions & { readonly json?: true }) =>
      withReader(options, context, async (asked) => {
        const now = Date.now() / 1000;
        const explanation = await explain(asked, src, dst, now);
        context.stdout.write(
          options.json === true
            ? `${JSON.stringify(explanationObject(explanation), undefined, 2)}\n`
            : renderExplanation(explanation, styleOf(context.stdout, context.env), now),
        );
      }),
  );
}

async function explain(asked: Asked, src: string, dst: string, now: number): Promise<Explanation> {
  const { reader, cluster } = asked;
  const since = new Date((now - (RECENT_DAYS - 1) * DAY_SECONDS) * 1000).toISOString().slice(0, 10);
  const [edges, reverse, services, days] = await reader.ask(
    edgesQuery({ cluster, src, dst }, 'name', 10),
    edgesQuery({ cluster, src: dst, dst: src }, 'name', 10),
    servicesQuery({ cluster, src, dst }, 'flows', MAX_SERVICES + 1),
    pairDaysQuery(cluster, src, dst, since),
  );
  return {
    cluster,
    src,
    dst,
    edges,
    reverse,
    services: services.slice(0, MAX_SERVICES),
    moreServices: services.length > MAX_SERVICES,
    days,
    recentDays: RECENT_DAYS,
    coverage: await evidence(asked, 0, now),
  };
}
