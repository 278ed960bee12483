import { timeText } from '#schemas/spellings.ts';
import { CAP, DESTINATIONS, MINUTE, SMALL, START, WALLETS } from './law.ts';
import type { Profile } from './profiles.ts';
import type { Random } from './random.ts';
import { type Fields, idOf } from './reference.ts';

export type UploadKind = 'good' | 'garbage' | 'wrong-scalar' | 'wrong-aad' | 'empty' | 'other-index' | 'newline-aad';

export interface Upload {
  readonly coSigner: string;
  /** ms since the start. */
  readonly at: number;
  readonly what: UploadKind | 'rejection';
}

export interface PlannedRequest {
  /** ms since the start. */
  readonly at: number;
  readonly fields: Fields;
  readonly id: string;
  /** Times at which the same message is published once more. */
  readonly again: readonly number[];
  readonly uploads: readonly Upload[];
  readonly kind: string;
}

export interface Plan {
  readonly requests: readonly PlannedRequest[];
  /** ms since the start at which faults stop. */
  readonly faultsEnd: number;
  readonly tick: number;
}

const BAD: readonly UploadKind[] = ['garbage', 'wrong-scalar', 'wrong-aad', 'empty', 'other-index'];

const plain = (random: Random, n: number): Fields => {
  const wallet = random.pick(WALLETS);
  return {
    wallet: wallet.name,
    chainId: random.pick(wallet.chains),
    type: '2',
    to: random.pick(DESTINATIONS),
    value: random
      .pick([SMALL / 10n, SMALL / 10n, SMALL / 10n, wallet.threshold > 1 ? SMALL * 2n : SMALL / 10n])
      .toString(),
    data: '0x',
    accessList: '',
    gasLimit: '21000',
    maxFeePerGas: '100000000000',
    // One rung or three: signing is what costs most here.
    maxPriorityFeePerGas: random.pick(['1', '1', '3']),
    nonce: '',
    replaces: '',
    validUntil: timeText(START + random.pick([20, 40, 60]) * MINUTE),
    reference: `payment-${n}`,
    memo: '',
    requester: 'dapp',
    requesterSignature: '',
  };
};

const uploadsFor = (random: Random, { shares, duel }: Profile, fields: Fields, from: number): Upload[] => {
  const wallet = WALLETS.find(({ name }) => name === fields.wallet);
  return (wallet?.holders ?? []).flatMap(({ coSigner }): Upload[] => {
    const at = from + random.between(-5_000, duel ? 240_000 : 60_000);
    const upload = (what: Upload['what'], after = 0): Upload => ({ coSigner, at: Math.max(100, at + after), what });
    if (!random.chance(shares)) return [upload(random.chance(0.1) ? 'newline-aad' : 'good')];
    const bad = () => upload(random.pick(BAD));
    switch (random.int(5)) {
      case 0:
        return [];
      case 1:
        return [upload('rejection'), ...(random.chance(0.5) ? [upload('good')] : [])];
      case 2:
        return [bad()];
      default:
        return [bad(), ...(random.chance(0.3) ? [bad()] : []), upload('good', random.between(1_000, 120_000))];
    }
  });
};

const ODD = [
  'equal',
  'conflicting',
  'conflicting',
  'taken',
  'next',
  'ahead',
  'over-cap',
  'short',
  'reverting',
  'malformed',
] as const;

const oddly = (
  random: Random,
  profile: Profile,
  fields: Fields,
  before: readonly PlannedRequest[],
): [string, Fields] => {
  const [first] = before;
  const kind = random.pick(ODD.filter((each) => profile.oddly.length === 0 || profile.oddly.includes(each)));
  switch (kind) {
    case 'conflicting':
      // The same payment again, as a caller builds it that retries: another digest, the same reference.
      return first === undefined
        ? ['plain', fields]
        : [kind, { ...first.fields, validUntil: timeText(START + 50 * MINUTE), value: fields.value ?? '1' }];
    case 'taken':
      return [kind, { ...fields, nonce: '0' }];
    case 'next':
      return [kind, { ...fields, nonce: '1' }];
    case 'ahead':
      return [kind, { ...fields, nonce: '3' }];
    case 'over-cap':
      return [kind, { ...fields, value: (CAP + 1n).toString() }];
    case 'reverting':
      return [kind, { ...fields, data: '0xdeadbeef', gasLimit: '60000' }];
    case 'short':
      return [kind, { ...fields, validUntil: timeText(START + random.pick([2, 3, 4]) * MINUTE) }];
    case 'malformed':
      return [kind, { ...fields, gasLimit: '021000' }];
    default:
      return [kind, fields];
  }
};

/** What happens in one history if nothing goes wrong: up to three requests, and what the co-signers do about each. */
export const planOf = (random: Random, profile: Profile): Plan => {
  const requests: PlannedRequest[] = [];
  const count = random.pick(profile.duel ? [2, 3] : [1, 1, 2, 2, 3]);
  for (let n = 0; n < count; n++) {
    let fields = plain(random, n);
    let kind = 'plain';
    let at = random.between(1_000, 90_000);
    const [first] = requests;
    if (n > 0 && first !== undefined && random.chance(0.7))
      fields = { ...fields, wallet: first.fields.wallet ?? '', chainId: first.fields.chainId ?? '' };
    if (profile.duel) {
      fields = { ...fields, wallet: 'treasury', chainId: '10', validUntil: timeText(START + 60 * MINUTE) };
      if (first !== undefined && random.chance(0.4)) fields = { ...fields, reference: first.fields.reference ?? '' };
      fields = { ...fields, value: (SMALL / BigInt(20 + n)).toString() };
    }
    if (fields.wallet === 'petty') fields = { ...fields, value: (SMALL / 10n).toString() };
    if (first !== undefined && random.chance(profile.replacing)) {
      kind = 'replacing';
      const { wallet = '', chainId = '' } = first.fields;
      const tip = random.pick(['3', '9']);
      fields = {
        ...fields,
        wallet,
        chainId,
        nonce: '0',
        replaces: first.id,
        maxFeePerGas: '300000000000',
        maxPriorityFeePerGas: tip,
      };
      if (random.chance(0.5)) fields = { ...fields, reference: first.fields.reference ?? '' };
      at += random.pick([0, 150_000, 300_000]);
    } else if (random.chance(profile.odd)) [kind, fields] = oddly(random, profile, fields, requests);
    const address = WALLETS.find(({ name }) => name === fields.wallet)?.address ?? '';
    requests.push({
      at,
      fields,
      id: idOf(fields, address),
      again:
        kind === 'equal' || random.chance(0.1) ? [at + random.between(0, 1_000), at + random.between(0, 600_000)] : [],
      uploads: uploadsFor(random, profile, fields, at + 5_000),
      kind,
    });
  }
  return { requests, faultsEnd: random.between(4, 30) * MINUTE, tick: random.between(55, 130) * 1_000 };
};
