import { NODE_KINDS, type NodeChoice } from '#local/lab/node.ts';
import { KeyturnError } from '#schemas/codes.ts';

const isUrl = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);

/** The node that a person names. Throws USAGE, without what was given: a url may carry a key. */
export const nodeOf = (text: string): NodeChoice => {
  const kind = NODE_KINDS.find((each) => each === text);
  if (kind !== undefined) return { kind };
  if (isUrl(text)) return { kind: 'url', url: text };
  throw new KeyturnError('USAGE', `--node: must be ${NODE_KINDS.join(', ')}, or the http or https url of a node`, {
    field: 'node',
  });
};

/** What is kept must hold the chain too. Throws USAGE where this node keeps nothing. */
export const checkKept = ({ kind }: NodeChoice, keep: boolean): void => {
  if (keep && (kind === 'ganache' || kind === 'hardhat'))
    throw new KeyturnError(
      'USAGE',
      `--node ${kind} keeps no state of its chain: leave out --data, or take --node anvil`,
      { field: 'node' },
    );
};
