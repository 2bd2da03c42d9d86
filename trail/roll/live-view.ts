import type { Paint } from '../../review/format/text';
import type { NodeState } from './nodes';
import type { RollStatus } from './tracker';

/** At most this many nodes are listed one by one; the others are counted. */
const LISTED = 12;
const BAR = 24;

/** The picture of a roll, line by line: a bar, the nodes that matter now, what is left. */
export function livePicture(status: RollStatus, paint: Paint): readonly string[] {
  const { nodes } = status;
  const done = nodes.filter(({ stage }) => stage === 'done').length;
  const filled = nodes.length === 0 ? 0 : Math.round((done / nodes.length) * BAR);
  const bar = `${'█'.repeat(filled)}${'░'.repeat(BAR - filled)}`;
  const words = {
    waiting: 'waiting for the roll to begin',
    rolling: 'calico-node rolls',
    settling: 'all nodes done, settling',
  };
  const shown = relevant(nodes);
  const hidden = nodes.length - shown.length;
  return [
    `${paint.bold(words[status.phase])}  ${bar}  ${done}/${nodes.length} nodes  ${clock(status.elapsedSeconds)}${estimate(status)}`,
    ...shown.map((node) => line(node, status, paint)),
    ...(hidden > 0 ? [paint.dim(`  … and ${hidden} more nodes`)] : []),
    ...(status.awaySeconds === undefined
      ? []
      : [paint.yellow(`  the API server has not answered for ${clock(status.awaySeconds)}`)]),
  ];
}

// What is under way or in trouble first; of the others the next ones.
function relevant(nodes: readonly NodeState[]): readonly NodeState[] {
  const weight = ({ stage, unready }: NodeState): number =>
    stage === 'current' || unready !== undefined ? 0 : stage === 'left' ? 1 : 2;
  const chosen = [...nodes].sort((a, b) => weight(a) - weight(b)).slice(0, LISTED);
  return nodes.filter((node) => chosen.includes(node));
}

function line(node: NodeState, status: RollStatus, paint: Paint): string {
  const unready = status.unreadySeconds.get(node.name);
  const since = unready === undefined ? '' : ` for ${clock(unready)}`;
  if (node.stage === 'current') return `  ${paint.yellow('▶')} ${node.name}  ${node.unready ?? ''}${since}`;
  if (node.unready !== undefined) return `  ${paint.red('✖')} ${node.name}  ${node.unready}${since}`;
  return node.stage === 'done' ? `  ${paint.green('✔')} ${node.name}` : paint.dim(`  · ${node.name}`);
}

function estimate({ leftSeconds, nodeSeconds }: RollStatus): string {
  if (leftSeconds === undefined) return '';
  const mean = nodeSeconds.reduce((sum, each) => sum + each, 0) / nodeSeconds.length;
  return `, about ${clock(leftSeconds)} left (${clock(mean)} a node)`;
}

/** `42s`, `3m05s`, `1h02m`. */
export function clock(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}m${String(whole % 60).padStart(2, '0')}s`;
  return `${Math.floor(minutes / 60)}h${String(minutes % 60).padStart(2, '0')}m`;
}
