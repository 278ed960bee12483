import { expect } from 'vitest';
import { z } from 'zod';
import { user } from '#local/lab/people.ts';
import { parseFact } from '#schemas/facts.ts';
import { outcomeObject, signedObject, submittedObject } from '#schemas/names.ts';
import { type FaultLab, namesIn, peek } from './lab.ts';
import type { Asked } from './people.ts';

const hex = z.string().regex(/^0x[0-9a-f]*$/);
const blockShape = z.object({
  result: z.object({ transactions: z.array(z.object({ from: hex, value: hex, hash: hex, nonce: hex })) }),
});
const numberShape = z.object({ result: hex });

const rpc = async (url: string, method: string, params: readonly unknown[]): Promise<unknown> => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  return response.json();
};

export interface Mined {
  readonly value: bigint;
  readonly hash: string;
  readonly nonce: bigint;
}

/** Everything that was mined from `address`, read block by block, so that nothing that happened can hide. */
export const minedFrom = async (url: string, address: string): Promise<readonly Mined[]> => {
  const head = Number(numberShape.parse(await rpc(url, 'eth_blockNumber', [])).result);
  const mined: Mined[] = [];
  for (let n = 0; n <= head; n++) {
    const block = blockShape.parse(await rpc(url, 'eth_getBlockByNumber', [`0x${n.toString(16)}`, true]));
    for (const { from, value, hash, nonce } of block.result.transactions)
      if (from === address.toLowerCase()) mined.push({ value: BigInt(value), hash, nonce: BigInt(nonce) });
  }
  return mined;
};

/** What stands of a request at this very moment: how far whoever dies now has come. */
export const standing = (lab: FaultLab, id: string): string => {
  const { register, signed, results } = lab.description.buckets;
  const sealed = namesIn(lab, register, 'seals/').some((name) => peek(lab, register, name)?.includes(id));
  const stored = peek(lab, signed, signedObject(id)) !== undefined;
  const submitted = peek(lab, results, submittedObject(id)) !== undefined;
  return [sealed && 'sealed', stored && 'stored', submitted && 'submitted'].filter(Boolean).join(', ');
};

/** Waits for the outcome of every request, and for their marks to be gone: then nothing is owed any more. */
export const ended = async (lab: FaultLab, asked: readonly Asked[], ms?: number): Promise<void> => {
  const { results, work } = lab.description.buckets;
  await lab.until(
    `${asked.length} outcomes`,
    () => {
      const open = namesIn(lab, work, 'open/');
      const done = ({ id }: Asked): boolean =>
        !open.some((name) => name.endsWith(id)) && peek(lab, results, outcomeObject(id)) !== undefined;
      return asked.every(done) || undefined;
    },
    ms,
  );
};

/** What finance and the dApp were told, each message once per delivery. */
const pulled = (lab: FaultLab, who: string, subscription: string): readonly Readonly<Record<string, string>>[] =>
  lab.quietly(() => {
    const all: Readonly<Record<string, string>>[] = [];
    const name = `projects/${lab.world.project.id}/subscriptions/${subscription}`;
    for (;;) {
      const batch = lab.servers.topics.subscriptions.pull(user(who), name, 1000);
      if (batch.length === 0) return all;
      lab.servers.topics.subscriptions.acknowledge(
        user(who),
        name,
        batch.map(({ ackId }) => ackId),
      );
      all.push(...batch.map(({ message }) => message.attributes));
    }
  });

/**
 * Once, and the same once everywhere. There is one mined transaction of its value, one outcome `finalized` that names it, and one receipt
 * in the ledger. Receipt and outcome are announced at least once, under one ce-id each. Nonces without a gap. Takes what the subscriptions
 * hold.
 */
export const expectOnce = async (lab: FaultLab, asked: readonly Asked[]): Promise<void> => {
  const { results, signed } = lab.description.buckets;
  const mined = await minedFrom(lab.chain.url, lab.wallet.address);
  const receipts = namesIn(lab, results, 'receipts/');
  const told = pulled(lab, 'finance', lab.description.subscriptions.receipts);
  const events = pulled(lab, 'dapp', lab.description.subscriptions.requestEvents);
  const ids = (list: typeof told, id: string, type: RegExp) =>
    new Set(
      list.filter((each) => each['ce-subject'] === id && type.test(each['ce-type'] ?? '')).map((each) => each['ce-id']),
    );
  for (const { id, value } of asked) {
    const own = mined.filter((each) => each.value === value);
    expect(
      own.map(({ hash }) => hash),
      `transactions of ${id}`,
    ).toHaveLength(1);
    const outcome = parseFact('outcome', peek(lab, results, outcomeObject(id)) ?? new Uint8Array());
    expect(outcome).toMatchObject({ outcome: 'finalized', transactionHash: own[0]?.hash });
    expect(receipts.filter((name) => name.endsWith(`/${id}.json`))).toEqual([outcome.receipt]);
    expect(peek(lab, signed, `${id}.json`), `bytes of ${id}`).toBeDefined();
    expect(ids(told, id, /receipt/).size, `receipt events of ${id}`).toBe(1);
    expect(ids(events, id, /outcome/).size, `outcome events of ${id}`).toBe(1);
  }
  expect(mined.map(({ nonce }) => nonce)).toEqual(mined.map((_, n) => BigInt(n)));
};
