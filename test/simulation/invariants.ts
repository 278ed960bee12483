import { z } from 'zod';
import { OWNER } from '#local/lab/people.ts';
import { openFolder } from '#schemas/names.ts';
import type { Cloud } from './cloud.ts';
import { aheadInTime, goodSharesAreEnough, nobodyIsBlocked, toldWhy, withdrawnInTime } from './fairness.ts';
import { minedInTime } from './judge-mineable.ts';
import { WALLETS } from './law.ts';
import { isStuck } from './liveness.ts';
import type { Plan } from './plan.ts';
import { sha256 } from './reference.ts';
import { replayedWhole } from './replays.ts';
import { REVERTING } from './rpc.ts';
import { foundInTime } from './unnotified.ts';

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
      if (chain.foreign.has(sent.hash)) continue;
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

/** 1: sealed nonces have no gaps, but for those that somebody else used and co-signers approved to skip. */
const contiguous = ({ observer, chains }: Cloud): void => {
  for (const { address, chains: ids } of WALLETS)
    for (const chainId of ids) {
      const own = [...observer.rungs.values()].filter((one) => one.address === address && one.chainId === chainId);
      const chain = chains.get(chainId);
      const used = chain?.minedOf(address).filter(({ sent }) => chain.foreign.has(sent.hash)) ?? [];
      const skips = own.filter(({ item }) => item.request.replaces === 'foreign').map(({ item }) => Number(item.nonce));
      const foreign = used.map(({ sent }) => sent.nonce).filter((nonce) => skips.some((skip) => skip > nonce));
      const nonces = new Set([...own.map(({ item }) => Number(item.nonce)), ...foreign]);
      for (let n = 0; n < nonces.size; n++)
        if (!nonces.has(n))
          observer.fail('1 contiguous', `nonces ${[...nonces].join(', ')} of ${address} on ${chainId}`);
    }
};

/** What a process of ours said became of a request; what an operator wrote himself is not ours to answer for. */
const outcomeOf = ({ observer, buckets }: Cloud, id: string) => {
  const kept = observer.everAt(buckets.results, `requests/${id}/outcome.json`).find(({ by }) => by !== 'a person');
  return kept === undefined ? undefined : outcomeShape.parse(JSON.parse(kept.bytes.toString('utf8')));
};

/** 4: every accepted request has come to one outcome, and nothing is open any more. */
const decided = (cloud: Cloud): void => {
  const { observer, store, buckets } = cloud;
  for (const id of observer.accepted)
    if (outcomeOf(cloud, id) === undefined && !isStuck(cloud, id))
      observer.fail('4 outcome', `${id} was accepted and has no outcome`);
  for (const { name } of store.list(OWNER, buckets.work, { prefix: openFolder() }).items)
    if (!isStuck(cloud, name.slice(-64))) observer.fail('4 open', `${name} is still there`);
};

/** 5: every fact that a process of ours committed was announced, unless the operator took the fact, or the mark of what is owed. */
const announced = (cloud: Cloud): void => {
  const { observer, buckets } = cloud;
  const told = new Set(observer.announced.map(({ ceId }) => ceId));
  const receipts = new Set<string>();
  for (const [path, [first]] of observer.objects) {
    if (first === undefined || first.by === 'a person') continue;
    const { name, bucket } = first;
    const [id = ''] = /[0-9a-f]{64}/.exec(name) ?? [];
    // Of a refusal and of a withdrawal, which is only a wish, nothing is promised.
    if (bucket !== buckets.results || name.startsWith('refusals/') || name.endsWith('/withdrawn.json')) continue;
    // What a request waits for is news while it waits. Where reconcile died after it noted that, and the wait passed, nobody needs it.
    if (name.endsWith('.waiting.json')) continue;
    const [over] = name.includes('/bad-share-') ? observer.everAt(buckets.results, `requests/${id}/outcome.json`) : [];
    // A machine that slept may find a bad share of a request that is over, when nobody looks after it any more.
    if (over !== undefined && over.step <= first.step && observer.caredFor(id) < first.step) continue;
    if (!told.has(path) && !isStuck(cloud, id)) observer.fail('5 announced', `${path} was never announced`);
    if (!name.startsWith('receipts/')) continue;
    if (receipts.has(id)) observer.fail('5 ledger', `${id} has two receipts`);
    receipts.add(id);
  }
  for (const id of observer.accepted) {
    const outcome = outcomeOf(cloud, id)?.outcome;
    if (['finalized', 'reverted'].includes(outcome ?? '') && !receipts.has(id) && !observer.harmed.has(id))
      observer.fail('5 ledger', `${id} is ${outcome} and has no receipt`);
  }
};

/** 5: what is said of the chain is so, whoever else writes into our buckets. */
const asTheChainSays = (cloud: Cloud): void => {
  const { observer, chains } = cloud;
  const mined = new Set([...chains.values()].flatMap((chain) => chain.mined().map(({ sent }) => sent.hash)));
  const foreign = new Set([...chains.values()].flatMap((chain) => [...chain.foreign]));
  const settled = new Map<string, string>();
  for (const id of observer.accepted) {
    const { outcome = '', transactionHash = '' } = outcomeOf(cloud, id) ?? {};
    if (!['finalized', 'reverted', 'replaced', 'superseded'].includes(outcome)) continue;
    if (!mined.has(transactionHash))
      observer.fail('5 chain', `${id} is ${outcome}, but ${transactionHash} is not on the chain`);
    const sealed = observer.rungs.get(transactionHash)?.item;
    if (outcome === 'superseded' && !foreign.has(transactionHash))
      observer.fail('5 chain', `${id} is called superseded by ${transactionHash}, which is ours`);
    const isTwin = observer.twins.has(transactionHash);
    if (outcome === 'replaced' && (sealed === undefined || (sealed.id === id && !isTwin)))
      observer.fail('5 chain', `${id} is called replaced by ${transactionHash}, which is its own or nobody's`);
    if (outcome === 'replaced' || outcome === 'superseded') continue;
    // One transaction settles one request; of twins, that of which the bytes were let go.
    const other = settled.get(transactionHash);
    if (other !== undefined) observer.fail('5 twins', `${transactionHash} settles ${other} and ${id}`);
    settled.set(transactionHash, id);
    if (sealed?.id !== id && observer.twins.get(transactionHash)?.has(id) !== true)
      observer.fail('5 chain', `${id} is ${outcome} by ${transactionHash}, which is not its own`);
    const asked = sealed?.request.data === REVERTING ? 'reverted' : 'finalized';
    if (outcome !== asked) observer.fail('5 chain', `${id} is called ${outcome} and was ${asked}`);
    for (const { topic, data } of observer.announced)
      if (topic === 'receipts' && data.includes(`"id":"${id}"`) && !data.includes(transactionHash))
        observer.fail('5 ledger', `the receipt of ${id} names another transaction`);
  }
  for (const [hash, { item }] of observer.rungs) {
    if (observer.twins.has(hash)) continue;
    const outcome = outcomeOf(cloud, item.id)?.outcome;
    if (mined.has(hash) && outcome !== undefined && !['finalized', 'reverted'].includes(outcome))
      observer.fail('5 chain', `${item.id} is mined, and its outcome is ${outcome}`);
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
  contiguous(cloud);
  asTheChainSays(cloud);
  // Whoever outlives the retention may take everything away that liveness rests on; safety is asserted all the same.
  if (profile.lapse) return;
  minedInTime(cloud);
  decided(cloud);
  announced(cloud);
  replayedWhole(cloud);
  if (cloud.observer.hostile) return;
  if (profile.deliveries === 0) answered(cloud, plan);
  goodSharesAreEnough(cloud, plan);
  nobodyIsBlocked(cloud, plan);
  aheadInTime(cloud, plan);
  toldWhy(cloud, plan);
  withdrawnInTime(cloud, plan);
  foundInTime(cloud, plan);
};
