import type { Quirk, Say, SayTogether } from './quirky.ts';

const plain: () => Say = () => () => 'forward';

interface BatchQuirk extends Quirk {
  readonly sayTogether: SayTogether;
}

/** Each of two or more calls is refused, in words of its own. Nothing of the batch was done. */
export const NO_BATCH: readonly BatchQuirk[] = [
  {
    name: 'an error of the first call alone',
    of: 'geth above its limit',
    source: 'https://github.com/ethereum/go-ethereum/pull/26681',
    say: plain,
    sayTogether: ([first]) => [{ id: first?.id, error: { code: -32600, message: 'batch too large' } }],
  },
  {
    name: 'one error for all of them',
    of: 'Besu above its limit',
    source: 'https://github.com/besu-eth/besu/issues/4951',
    say: plain,
    sayTogether: () => ({
      id: null,
      error: { code: -32602, message: 'Number of requests in batch exceeds --rpc-max-batch-size.' },
    }),
  },
  {
    name: 'an error without an id',
    of: 'a gateway',
    source: 'https://www.jsonrpc.org/specification#response_object',
    say: plain,
    sayTogether: () => ({ error: { code: -32600, message: 'Batch requests are disabled' } }),
  },
  {
    name: 'an error of each',
    of: 'a gateway',
    source: 'https://github.com/subquery/subql/issues/1852',
    say: plain,
    sayTogether: (calls) =>
      calls.map(({ id }) => ({ id, error: { code: 31, message: 'batch of more than 1 requests' } })),
  },
  {
    name: 'status 500',
    of: 'a gateway of hemi',
    source: 'https://github.com/hemilabs/ui-monorepo/pull/887',
    say: plain,
    sayTogether: () => ({ status: 500, body: '{"error":{"message":"Batch of more than 3 requests are not allowed"}}' }),
  },
  {
    name: 'status 413',
    of: 'any gateway',
    source: 'https://www.rfc-editor.org/rfc/rfc9110#section-15.5.14',
    say: plain,
    sayTogether: () => ({ status: 413, body: 'too large' }),
  },
];

/** A batch as such is taken, and this time told badly or not at all. */
export const BAD_BATCHES: readonly BatchQuirk[] = [
  {
    name: 'the connection ends',
    of: 'Erigon above its limit',
    source: 'https://github.com/erigontech/erigon/issues/18074',
    say: plain,
    sayTogether: () => 'hang up',
  },
  {
    name: 'status 429',
    of: 'any gateway',
    source: 'https://www.rfc-editor.org/rfc/rfc6585#section-4',
    say: plain,
    sayTogether: () => ({ status: 429, body: 'slow down' }),
  },
  {
    name: 'the first answer alone, not in a list',
    of: 'a gateway that knows no lists',
    source: 'https://www.jsonrpc.org/specification#batch',
    say: plain,
    sayTogether: async (calls, answers) => (await answers())[0] ?? { id: calls[0]?.id, result: null },
  },
  {
    name: 'all but six',
    of: 'geth in 2015',
    source: 'https://github.com/ethereum/go-ethereum/issues/1537',
    say: plain,
    sayTogether: async (_calls, answers) => (await answers()).slice(0, 6),
  },
  {
    name: 'what is no answer',
    of: 'any gateway',
    source: 'https://www.jsonrpc.org/specification#batch',
    say: plain,
    sayTogether: () => [null, 1, 'yes', {}],
  },
];

/** The same, in another order: an id says which is which. */
export const OTHER_ORDER: BatchQuirk = {
  name: 'answers in another order, ids as text',
  of: 'Optimism, of whose batch each call may go to another node',
  source: 'https://github.com/ethereum-optimism/docs/issues/340',
  say: plain,
  sayTogether: async (_calls, answers) =>
    [...(await answers())].reverse().map((one) => ({ ...one, id: String(one.id) })),
};
