import { addressOfCommitment } from '#core/shares/address.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import { labLaw } from '#local/lab/config.ts';
import { type Law, parseLaw } from '#schemas/config.ts';
import { splitOf } from '#test/support/law.ts';

/** The law of a lab with alice and bob, without starting one. */
export const lawFor = (of: World): Law => {
  const { commitments, shares } = splitOf(2, 2);
  const wallet = {
    name: 'treasury',
    address: addressOfCommitment(commitments[0] ?? ''),
    threshold: 2,
    commitments: [...commitments],
    holders: shares.map(({ index }) => ({ coSigner: ['alice', 'bob'][index - 1] ?? '', index })),
  };
  const chains = [{ chainId: '31337', name: 'anvil', confirmations: 2, isOwn: true }];
  const url = 'http://127.0.0.1:1';
  const pubsub = { host: 'localhost', port: 1, ca: '' };
  const endpoints = { pubsub, pubsubRest: url, storage: url, kms: url, compute: url, sts: url };
  return parseLaw(JSON.parse(JSON.stringify(labLaw(of, [wallet], chains, endpoints)))).law;
};
