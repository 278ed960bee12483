import { z } from 'zod';
import { OWNER } from '#local/lab/people.ts';
import { openFolder } from '#schemas/names.ts';
import type { Cloud } from './cloud.ts';
import { MINUTE, START, WALLETS } from './law.ts';
import type { Plan, PlannedRequest } from './plan.ts';
import { sha256 } from './reference.ts';
import { REVERTING } from './rpc.ts';

const outcomeShape = z.object({
  outcome: z.string(),
  transactionHash: z.string(),
  receipt: z.string(),
  code: z.string(),
});

/** 1: on the canonical chain there is at most one transaction of an id, of a reference (replacements aside), and none that nobody sealed. */
export const minedOnce = ({ chains, observer }: Cloud): void => {
  for (const chain of chains.values()) {
    const ids = new Map<string, string>();
    const references = new Map<string, string>();
    for (const { sent } of chain.mined()) {
      const sealed =
        observer.rungs.get(sent.hash) ?? observer.fail('1 mined', `${sent.hash} is mined, and no seal holds it`);
      const { id, request } = sealed.item;
      const reference = [request.wallet, request.chainId, request.requester, request.reference].join();
      if (ids.has(id)) observer.fail('1 mined', `${id} is mined twice`);
      if (references.has(reference)) observer.fail('1 mined', `reference ${reference} is mined twice`);
      ids.set(id, sent.hash);
      references.set(reference, sent.hash);
    }
  }
};

/** 1: sealed nonces have no gaps. */
const contiguous = ({ observer }: Cloud): void => {
  for (const { address, chains } of WALLETS)
    for (const chainId of chains) {
      const own = [...observer.rungs.values()].filter((one) => one.address === address && one.chainId === chainId);
      const nonces = new Set(own.map(({ item }) => Number(item.nonce)));
      for (let n = 0; n < nonces.size; n++)
        if (!nonces.has(n))
          observer.fail('1 contiguous', `nonces ${[...nonces].join(', ')} of ${address} on ${chainId}`);
    }
};

const outcomeOf = ({ observer, buckets }: Cloud, id: string) => {
  const kept = observer.everAt(buckets.results, `requests/${id}/outcome.json`)[0];
  return kept === undefined ? undefined : outcomeShape.parse(JSON.parse(kept.bytes.toString('utf8')));
};

/** 4: every accepted request has come to one outcome, and nothing is open any more. */
const decided = (cloud: Cloud): void => {
  const { observer, store, buckets } = cloud;
  for (const id of observer.accepted)
    if (outcomeOf(cloud, id) === undefined) observer.fail('4 outcome', `${id} was accepted and has no outcome`);
  const [open] = store.list(OWNER, buckets.work, { prefix: openFolder() }).items;
  if (open !== undefined) observer.fail('4 open', `${open.name} is still there`);
};

/** 5: every fact was announced, and every mined request of ours is in the ledger exactly once, as the chain has it. */
const announced = (cloud: Cloud): void => {
  const { observer, buckets, chains } = cloud;
  const told = new Set(observer.announced.map(({ ceId }) => ceId));
  const receipts = new Map<string, string>();
  for (const [path, [first]] of observer.objects) {
    const { name, bucket } = first ?? { name: '', bucket: '' };
    if (bucket !== buckets.results || name.startsWith('refusals/')) continue;
    if (!told.has(path)) observer.fail('5 announced', `${path} was never announced`);
    const [, id] = /^receipts\/.*\/([0-9a-f]{64})\.json$/.exec(name) ?? [];
    if (id === undefined) continue;
    if (receipts.has(id)) observer.fail('5 ledger', `${id} has two receipts`);
    receipts.set(id, path);
  }
  for (const id of observer.accepted) {
    const outcome = outcomeOf(cloud, id);
    if (outcome === undefined || !['finalized', 'reverted'].includes(outcome.outcome)) continue;
    if (!receipts.has(id)) observer.fail('5 ledger', `${id} is ${outcome.outcome} and has no receipt`);
    const mined = [...chains.values()].some((chain) =>
      chain.mined().some(({ sent }) => sent.hash === outcome.transactionHash),
    );
    if (!mined)
      observer.fail('5 chain', `${id} is ${outcome.outcome}, but ${outcome.transactionHash} is not on the chain`);
    const asked =
      observer.rungs.get(outcome.transactionHash)?.item.request.data === REVERTING ? 'reverted' : 'finalized';
    if (outcome.outcome !== asked) observer.fail('5 chain', `${id} is called ${outcome.outcome} and was ${asked}`);
    for (const { topic, data } of observer.announced)
      if (topic === 'receipts' && data.includes(`"id":"${id}"`) && !data.includes(outcome.transactionHash))
        observer.fail('5 ledger', `the receipt of ${id} names another transaction`);
  }
  for (const [hash, sealed] of observer.rungs) {
    const outcome = outcomeOf(cloud, sealed.item.id);
    const mined = [...chains.values()].some((chain) => chain.mined().some(({ sent }) => sent.hash === hash));
    if (mined && outcome !== undefined && !['finalized', 'reverted'].includes(outcome.outcome))
      observer.fail('5 chain', `${sealed.item.id} is mined, and its outcome is ${outcome.outcome}`);
  }
};

const goodBy = ({ observer }: Cloud, request: PlannedRequest): number => {
  const rejecters = new Set(request.uploads.filter(({ what }) => what === 'rejection').map(({ coSigner }) => coSigner));
  const good = [...observer.goodShares.values()].filter(
    ({ id, coSigner }) => id === request.id && !rejecters.has(coSigner),
  );
  return new Set(good.map(({ coSigner }) => coSigner)).size;
};

/** 8: where nothing but bad shares goes wrong, k good ones are enough, whatever else was uploaded. */
const approvedIsSigned = (cloud: Cloud, plan: Plan): void => {
  for (const request of plan.requests) {
    const { fields, kind, id } = request;
    const wallet = WALLETS.find(({ name }) => name === fields.wallet);
    const need = BigInt(fields.value ?? '0') > 10n ** 18n ? 3 : (wallet?.threshold ?? 99);
    if (kind !== 'plain' || goodBy(cloud, request) < need) continue;
    const rival = plan.requests.some((other) => other !== request && other.fields.reference === fields.reference);
    const outcome = outcomeOf(cloud, id)?.outcome;
    if (!rival && outcome !== 'finalized')
      cloud.observer.fail('8 good shares', `${id} has ${need} good shares, and its outcome is ${outcome ?? 'none'}`);
  }
};

/** A message that reached intake was answered: accepted or refused. */
const answered = ({ observer, buckets, config }: Cloud, plan: Plan): void => {
  for (const { id, fields } of plan.requests) {
    const hash = sha256(Buffer.from(JSON.stringify(fields)));
    const refused = observer.everAt(buckets.results, `refusals/${hash}-${config.lawHash.slice(0, 8)}.json`).length > 0;
    if (!refused && !observer.accepted.has(id)) observer.fail('4 answered', `${id} was neither accepted nor refused`);
  }
};

export const atTheEnd = (cloud: Cloud, plan: Plan): void => {
  const { profile } = cloud.faults;
  if (profile.hostile > 0) return;
  contiguous(cloud);
  decided(cloud);
  announced(cloud);
  if (profile.deliveries === 0) answered(cloud, plan);
  const calm = ['honest', 'shares'].includes(profile.name);
  if (calm && cloud.clock.now() > START + MINUTE) approvedIsSigned(cloud, plan);
};
