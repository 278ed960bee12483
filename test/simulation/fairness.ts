import type { Cloud } from './cloud.ts';
import { MINUTE, SMALL, START, WALLETS } from './law.ts';
import type { Plan, PlannedRequest } from './plan.ts';
import type { Profile } from './profiles.ts';

/**
 * Invariant 8 and what belongs to it. The only trouble may come from one co-signer's uploads, one request, one chain, one zone or one key.
 * Then everybody else is served, and soon.
 */
const isCalm = ({
  calls,
  crash,
  hold,
  delay,
  deliveries,
  ticks,
  machines,
  skew,
  rpc,
  chain,
  reorgs,
  replacing,
  unnotified,
  duel,
  poor,
  dataFee,
  window,
}: Profile) =>
  [
    calls,
    crash,
    hold,
    delay,
    deliveries,
    ticks,
    machines,
    skew,
    rpc,
    chain,
    reorgs,
    replacing,
    unnotified,
    window,
  ].every((each) => each === 0) &&
  !duel &&
  !poor &&
  !dataFee;

const needOf = ({ fields }: PlannedRequest): number => {
  const threshold = WALLETS.find(({ name }) => name === fields.wallet)?.threshold ?? 99;
  return BigInt(fields.value ?? '0') > SMALL ? Math.max(3, threshold) : threshold;
};

/** ms: when as many holders as are needed had uploaded a good share, of those whose keys and buckets stay open; undefined: never. */
export const approvedAt = ({ observer, troubles }: Cloud, request: PlannedRequest): number | undefined => {
  const out = new Set([
    ...request.uploads.filter(({ what }) => what === 'rejection').map(({ coSigner }) => coSigner),
    ...troubles.keys.map(({ coSigner }) => coSigner),
  ]);
  const initiator = observer.initiatorOf(request.fields.requester);
  if (initiator !== undefined) out.add(initiator);
  const first = new Map<string, number>();
  for (const { id, coSigner, created } of observer.goodShares.values())
    if (id === request.id && !out.has(coSigner))
      first.set(coSigner, Math.min(created, first.get(coSigner) ?? Number.POSITIVE_INFINITY));
  return [...first.values()].sort((a, b) => a - b)[needOf(request) - 1];
};

/** No foreign transaction stopped its own lane, and the lane's chain is not down. What follows the approved skip is served again. */
const isServed = ({ troubles }: Cloud, { fields, id, kind }: PlannedRequest): boolean => {
  const { foreign, down, poison, zones, stuck, doomed } = troubles;
  const after = kind === 'foreign' || fields.reference === 'after-skip';
  if (foreign?.wallet === fields.wallet && foreign?.chainId === fields.chainId && !after) return false;
  if (down?.chainId === fields.chainId || poison === id) return false;
  // Whatever waits for that nonce, or is sealed above it, is not paid.
  if (stuck !== undefined || doomed) return false;
  return new Set(zones.map(({ zone }) => zone)).size < 2;
};

export const servedIn = (cloud: Cloud, plan: Plan): readonly PlannedRequest[] =>
  plan.requests.filter((request) => {
    const { fields, kind, withdrawals } = request;
    if (!['plain', 'foreign', 'reverting'].includes(kind) || withdrawals.some(({ by }) => by === 'dapp')) return false;
    if (withdrawals.length > 0 && fields.requesterSignature === '') return false;
    if (plan.requests.some((other) => other !== request && other.fields.reference === fields.reference)) return false;
    return isServed(cloud, request);
  });

export const acceptedAt = ({ observer, buckets }: Cloud, id: string): number | undefined =>
  observer.everAt(buckets.results, `requests/${id}/request.json`)[0]?.created;

/** 8: k good shares are enough, whatever else was uploaded, and whatever became of others. */
export const goodSharesAreEnough = (cloud: Cloud, plan: Plan): void => {
  const { observer, buckets, faults, clock } = cloud;
  if (!isCalm(faults.profile) || clock.now() <= START + MINUTE) return;
  for (const request of servedIn(cloud, plan)) {
    const { id } = request;
    if (approvedAt(cloud, request) === undefined) continue;
    const kept = observer.everAt(buckets.results, `requests/${id}/outcome.json`)[0];
    const outcome: unknown = kept === undefined ? undefined : JSON.parse(kept.bytes.toString('utf8')).outcome;
    const asked = request.kind === 'reverting' ? 'reverted' : 'finalized';
    if (outcome !== asked)
      observer.fail(
        '8 good shares',
        `${id} has ${needOf(request)} good shares, and its outcome is ${outcome ?? 'none'}`,
      );
  }
};

/** ms from the last approval that is needed to the seal: boots, and, where a request kills machines, the boots before it goes alone. */
const BOUND = 6 * MINUTE;
const BOUND_BESIDE_POISON = 30 * MINUTE;
/** Machines for one history: the deaths over one request are counted, and it is given up. */
const MOST_BOOTS = 14;
/** Machines for one wallet of which none comes up. */
const MOST_DOOMED = 16;
/** Machines for each request where nothing goes wrong: for its approval, and one that closes as the approval comes. */
const MOST_CALM = 2;

/** Nothing is waited for but co-signers and nonces: no machine is started to hear again what the one before was told. */
const isUntroubled = ({ faults, troubles }: Cloud): boolean => {
  const { shares, hostile, withdrawing, poor, gas, dataFee } = faults.profile;
  const { keys, zones, foreign, down, poison, stuck, doomed } = troubles;
  return (
    [shares, hostile, withdrawing, keys.length, zones.length].every((each) => each === 0) &&
    [foreign, down, poison, stuck].every((each) => each === undefined) &&
    !doomed &&
    ![poor, gas, dataFee].includes(true)
  );
};

/** Machines that one history may start; undefined: nobody counts. */
const mostBoots = (cloud: Cloud, { requests }: Plan): number | undefined => {
  const { doomed, poison } = cloud.troubles;
  if (doomed) return MOST_DOOMED * new Set(requests.map(({ fields }) => fields.wallet)).size;
  if (poison !== undefined) return MOST_BOOTS;
  return isUntroubled(cloud) ? MOST_CALM * requests.length : undefined;
};

/** ms: when all nonces below the one that it names were sealed, and none took its own; undefined: that never was. */
const nonceFreeAt = ({ observer }: Cloud, { id, fields }: PlannedRequest): number | undefined => {
  const address = WALLETS.find(({ name }) => name === fields.wallet)?.address;
  const sealed = new Map<number, number>();
  for (const { item, objects, ...lane } of observer.rungs.values()) {
    if (lane.address !== address || lane.chainId !== fields.chainId || item.id === id) continue;
    sealed.set(Number(item.nonce), objects[0]?.created ?? Number.POSITIVE_INFINITY);
  }
  const nonce = Number(fields.nonce);
  const below = Array.from({ length: nonce }, (_, n) => sealed.get(n));
  if (sealed.has(nonce) || below.includes(undefined)) return undefined;
  return below.reduce<number>((last, at) => Math.max(last, at ?? 0), 0);
};

/** 8: a request that names a nonce is sealed soon after that is the next one. */
export const aheadInTime = (cloud: Cloud, plan: Plan): void => {
  const { observer, faults } = cloud;
  if (!isCalm(faults.profile) || !isUntroubled(cloud)) return;
  for (const request of plan.requests) {
    if (!['ahead', 'next'].includes(request.kind)) continue;
    const since = [approvedAt(cloud, request), acceptedAt(cloud, request.id), nonceFreeAt(cloud, request)];
    if (since.includes(undefined)) continue;
    const due = since.reduce<number>((last, at) => Math.max(last, at ?? 0), 0) + BOUND;
    if (due > Date.parse(request.fields.validUntil ?? '')) continue;
    const sealed = observer.sealsOf(request.id)[0]?.objects[0]?.created ?? Number.POSITIVE_INFINITY;
    if (sealed > due)
      observer.fail('8 ahead', `${request.id} was not sealed soon after nonce ${request.fields.nonce} was next`);
  }
};

/** 8: none waits for another, nor a chain for another, longer than a bound. */
export const nobodyIsBlocked = (cloud: Cloud, plan: Plan): void => {
  const { observer, faults, troubles } = cloud;
  if (!isCalm(faults.profile)) return;
  const bound = troubles.poison === undefined ? BOUND : BOUND_BESIDE_POISON;
  for (const request of servedIn(cloud, plan)) {
    const approved = approvedAt(cloud, request);
    const accepted = acceptedAt(cloud, request.id);
    if (approved === undefined || accepted === undefined) continue;
    const sealed = observer.sealsOf(request.id)[0]?.objects[0]?.created ?? Number.POSITIVE_INFINITY;
    const waited = sealed - Math.max(approved, accepted);
    if (waited > bound)
      observer.fail(
        '8 blocked',
        `${request.id} was sealed ${Math.round(waited / 1000)} s after all it needs was there`,
      );
  }
  const most = mostBoots(cloud, plan);
  if (most !== undefined && observer.boots > most)
    observer.fail('8 boots', `${observer.boots} machines for ${plan.requests.length} requests`);
};

/** 8: what no block can hold while it is valid ends as expired, and its outcome says what it waited for. */
export const toldWhy = (cloud: Cloud, plan: Plan): void => {
  const { observer, buckets, chains, faults } = cloud;
  if (!isCalm(faults.profile)) return;
  for (const request of plan.requests) {
    const { id, fields, kind } = request;
    const approved = approvedAt(cloud, request);
    const accepted = acceptedAt(cloud, id);
    const validUntil = Date.parse(fields.validUntil ?? '');
    const room = chains.get(fields.chainId ?? '')?.rules.blockGas(validUntil) ?? 0n;
    if (kind !== 'over-block' || approved === undefined || accepted === undefined) continue;
    if (BigInt(fields.gasLimit ?? '0') <= room || Math.max(approved, accepted) + BOUND > validUntil) continue;
    const [kept] = observer.everAt(buckets.results, `requests/${id}/outcome.json`);
    const told = kept?.bytes.toString('utf8') ?? 'none';
    if (!told.includes('"expired"') || !told.includes('GAS_ABOVE_BLOCK'))
      observer.fail('8 reason', `${id} asks for more gas than a block has, and its outcome is ${told}`);
  }
};

/** A dApp that takes its request back before enough have approved it gets what it asks for. */
export const withdrawnInTime = (cloud: Cloud, plan: Plan): void => {
  const { observer, buckets, faults } = cloud;
  if (!isCalm(faults.profile)) return;
  for (const request of plan.requests) {
    const at = observer.withdrawn.get(request.id);
    const accepted = acceptedAt(cloud, request.id);
    const approved = approvedAt(cloud, request) ?? Number.POSITIVE_INFINITY;
    if (at === undefined || accepted === undefined || at < accepted + 10_000 || at > approved) continue;
    if (request.uploads.some(({ what }) => what === 'rejection')) continue;
    const kept = observer.everAt(buckets.results, `requests/${request.id}/outcome.json`)[0];
    const outcome: unknown = kept === undefined ? undefined : JSON.parse(kept.bytes.toString('utf8')).outcome;
    if (outcome !== 'withdrawn')
      observer.fail('4 withdrawn', `${request.id} was withdrawn in time, and its outcome is ${outcome ?? 'none'}`);
  }
};
