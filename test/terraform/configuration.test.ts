import { describe, expect, it } from 'vitest';
import { parseConfig, parseLaw } from '#schemas/config.ts';
import { EXAMPLES, exampleConfig, exampleConfigText, exampleDraftText } from './subject.ts';

type Plain = Readonly<Record<string, unknown>>;

/** Another value of the same kind for each member of `operations`: what an operator may change on any afternoon. */
const CHANGED: Plain = {
  region: 'europe-west4',
  zones: ['europe-west4-a'],
  machineType: 'c3-standard-4',
  confidentialType: 'TDX',
  subnetwork: 'another',
  image: `another/keyturn@sha256:${'1'.repeat(64)}`,
  bootLimitSeconds: 601,
  turnLimitSeconds: 3601,
  idleSeconds: 121,
  pollSeconds: 16,
  bumpSeconds: 7,
  rpc: [{ chainId: '1', urls: ['https://another.example'] }],
};

describe.each(EXAMPLES)('the configuration of examples/%s', (example) => {
  const plain = JSON.parse(exampleConfigText(example));
  const { law, lawHash, operations } = exampleConfig(example);

  it('is a configuration', () => {
    expect(law.wallets.length).toBeGreaterThan(0);
    expect(law.coSigners.length).toBeGreaterThan(1);
  });

  it('is the shipped draft with a wallet that a ceremony has made, and the public keys', () => {
    const wallets = law.wallets.map(({ name, address, commitments }) => ({ name, address, commitments }));
    const draft = JSON.parse(exampleDraftText(example));
    expect(() => parseConfig(draft)).toThrow();
    const made = draft.law.wallets.map((wallet: { name: string }, n: number) => {
      expect(wallet).not.toHaveProperty('address');
      expect(wallet).not.toHaveProperty('commitments');
      expect(wallet.name).toBe(wallets[n]?.name);
      return { ...wallet, ...wallets[n] };
    });
    // A public key is known once the operator's first apply has made its key.
    const { eventKeys } = draft.law;
    expect((eventKeys ?? []).map(({ publicKey }: { publicKey: string }) => publicKey).join('')).toBe('');
    const keys = eventKeys?.map((key: object, n: number) => ({ ...key, publicKey: law.eventKeys?.[n]?.publicKey }));
    const known = eventKeys === undefined ? {} : { eventKeys: keys };
    expect({ ...draft, law: { ...draft.law, wallets: made, ...known } }).toEqual(plain);
  });

  it.each(Object.keys(operations))('changing operations.%s leaves the hash of the law alone', (field) => {
    expect(Object.keys(CHANGED)).toContain(field);
    const changed = parseConfig({ law: plain.law, operations: { ...plain.operations, [field]: CHANGED[field] } });
    expect(changed.operations).not.toEqual(operations);
    expect(changed.lawHash).toBe(lawHash);
  });

  it('changing the law changes it', () => {
    const limits = { ...plain.law.limits, maxValiditySeconds: law.limits.maxValiditySeconds - 1 };
    expect(parseLaw({ ...plain.law, limits }).lawHash).not.toBe(lawHash);
  });
});
