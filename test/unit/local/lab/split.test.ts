import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { addressOfCommitment } from '#core/shares/address.ts';
import { createWorld } from '#local/cloud/runtime/world.ts';
import { groupOfShape } from '#local/lab/shapes.ts';
import { readSplit, splitLaw } from '#local/lab/split.ts';
import { parseLaw } from '#schemas/config.ts';
import { MemoryEventKey } from '#test/support/event-keys.ts';
import { splitOf } from '#test/support/law.ts';

const EXAMPLE = new URL('../../../../terraform/examples/split/keyturn.json', import.meta.url);
const object = z.record(z.string(), z.unknown());
const made = () => {
  const world = createWorld({ project: { id: 'keyturn-operator', number: '111111111111' } });
  const { commitments } = splitOf(2, 3);
  const address = addressOfCommitment(commitments[0] ?? '');
  const holders = ['alice', 'bob', 'carol'].map((coSigner, n) => ({ coSigner, index: n + 1 }));
  const wallet = { name: 'treasury', address, commitments: [...commitments], threshold: 2, holders };
  const url = 'http://127.0.0.1:1';
  const endpoints = {
    pubsub: { host: 'localhost', port: 1, ca: '' },
    ...{ pubsubRest: url, storage: url, kms: url, compute: url, sts: url, secretManager: url },
  };
  return {
    law: splitLaw(readSplit(), world, wallet, {
      chainId: '11155111',
      endpoints,
      publicKeyOf: (version) => (version === eventKey.version ? eventKey.publicKey : ''),
    }),
    address,
    commitments,
    endpoints,
  };
};

const { publicKey } = new MemoryEventKey('events-1').key;
const eventKey = {
  name: 'events-1',
  version:
    'projects/keyturn-operator/locations/us-central1/keyRings/pay-1-events/cryptoKeys/events/cryptoKeyVersions/1',
  publicKey,
};

test('the law of a split lab is that of terraform/examples/split, but for keys, endpoints, account and signatures', () => {
  const { law, address, commitments, endpoints } = made();
  const example = object.parse(object.parse(JSON.parse(readFileSync(EXAMPLE, 'utf8'))).law);
  const operator = {
    ...object.parse(example.operator),
    workloadAccount: 'workload@keyturn-operator.iam.gserviceaccount.com',
  };
  const [wallet] = z.array(object).parse(example.wallets);
  const { requesters, ...policy } = object.parse(wallet?.policy);
  // Of the example: whoever asks signs, and alice does not approve what she asks.
  expect(policy.requesterSignature).toBe('required');
  expect(requesters).toContain('0x2222222222222222222222222222222222222222');
  expect(JSON.parse(JSON.stringify(law))).toEqual({
    ...example,
    operator,
    wallets: [{ ...wallet, address, commitments, policy: { ...policy, requesterSignature: 'optional' } }],
    eventKeys: [eventKey],
    endpoints,
  });
  expect(parseLaw(JSON.parse(JSON.stringify(law))).law.register.lock).toBe('required');
});

test('it has the group of the example', () => {
  expect(groupOfShape('split')).toEqual({ threshold: 2, coSigners: 3 });
  expect(groupOfShape('lab')).toBeUndefined();
});
