import { computeAddress, SigningKey } from 'ethers';
import { timeText } from '#schemas/spellings.ts';
import { type Troubles, troublesOf } from './fault-plan.ts';
import { CAP, DAPP_KEY, DESTINATIONS, HOUR, MINUTE, RETENTION, SMALL, START, WALLETS, WINDOWED } from './law.ts';
import { GAS_KINDS, gasOdd, inARow, isCrowded, replacementOf } from './plan-rows.ts';
import type { Profile } from './profiles.ts';
import type { Random } from './random.ts';
import { type Fields, idOf } from './reference.ts';
import { TOKEN_KINDS } from './token-kinds.ts';
import { tokenOdd } from './tokens.ts';

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
  readonly withdrawals: readonly { readonly at: number; readonly by: 'dapp' | 'stranger' }[];
}

export interface Plan {
  /** Grows where somebody answers what happened: the skip of a foreign nonce. */
  readonly requests: PlannedRequest[];
  readonly troubles: Troubles;
  /** ms since the start at which somebody asks for all receipts again. */
  readonly replays: readonly number[];
  /** ms since the start at which faults stop. */
  readonly faultsEnd: number;
  readonly tick: number;
}

/** ms since the start: the last time at which a request can be sealed. */
export const lastValid = ({ requests }: Pick<Plan, 'requests'>): number =>
  requests.reduce((last, { fields }) => Math.max(last, Date.parse(fields.validUntil ?? '') - START), 0);

/** ms since the start at which late requests begin: what entered the register in the first minutes lies beyond every horizon then. */
export const LATE = 5 * HOUR;

const BAD: readonly UploadKind[] = ['garbage', 'wrong-scalar', 'wrong-aad', 'empty', 'other-index'];

const plain = (random: Random, { unnotified }: Profile, n: number): Fields => {
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
    validUntil: timeText(START + random.pick(unnotified > 0 ? [60, 120, 210] : [20, 40, 60]) * MINUTE),
    reference: `payment-${n}`,
    memo: '',
    requester: 'dapp',
    requesterSignature: '',
  };
};

/** The same request, signed by the dApp's own key; policies ask for no signature, but check one that is there. */
const signedByDapp = (fields: Fields, walletAddress: string): Fields => {
  const asked = { ...fields, requester: computeAddress(DAPP_KEY) };
  const requesterSignature = new SigningKey(DAPP_KEY).sign(`0x${idOf(asked, walletAddress)}`).serialized;
  return { ...asked, requesterSignature };
};

/** Before it is accepted, while it is approved, while a machine boots and seals, and when it is mined. */
const withdrawalsFor = (random: Random, { withdrawing }: Profile, { requesterSignature }: Fields, from: number) => {
  if (withdrawing === 0 || !random.chance(withdrawing)) return [];
  const after = random.pick([
    random.between(0, 5_000),
    random.between(5_000, 60_000),
    random.between(60_000, 240_000),
    random.between(60_000, 240_000),
    random.between(240_000, 900_000),
  ]);
  const stranger = requesterSignature !== '' && random.chance(0.5);
  return [{ at: from + after, by: stranger ? ('stranger' as const) : ('dapp' as const) }];
};

const uploadsFor = (random: Random, profile: Profile, fields: Fields, from: number): Upload[] => {
  const { shares, duel, unnotified } = profile;
  const until = unnotified > 0 ? Math.min(unnotified, Date.parse(fields.validUntil ?? '') - START) : 60_000;
  const wallet = WALLETS.find(({ name }) => name === fields.wallet);
  return (wallet?.holders ?? []).flatMap(({ coSigner }): Upload[] => {
    const at = from + random.between(-5_000, duel ? 240_000 : until);
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

/** Vetoes before, at and after the end of the delay: some come while a machine seals. */
const vetoesFor = (
  random: Random,
  { lawDelay: delay }: Profile,
  { wallet }: Fields,
  uploads: readonly Upload[],
): Upload[] => {
  if (delay === 0 || !random.chance(0.6)) return [];
  const last = Math.max(0, ...uploads.map(({ at }) => at));
  const holders = WALLETS.find(({ name }) => name === wallet)?.holders ?? [];
  const at = last + delay + random.pick([random.between(-delay, 0), random.between(-60_000, 180_000)]);
  return [{ coSigner: random.pick(holders).coSigner, at, what: 'rejection' }];
};

/** No rule of any wallet allows it. */
const ELSEWHERE = '0x5656565656565656565656565656565656565656';

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
  'elsewhere',
] as const;

const oddly = (
  random: Random,
  profile: Profile,
  fields: Fields,
  before: readonly PlannedRequest[],
): [string, Fields] => {
  const [first] = before;
  const { gas, oddly: wanted } = profile;
  const kinds =
    wanted.length === 0 ? ODD : [...ODD, ...GAS_KINDS, ...TOKEN_KINDS].filter((each) => wanted.includes(each));
  const kind = random.pick(kinds);
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
      return [kind, { ...fields, data: '0xdeadbeef', gasLimit: gas ? '210000' : '60000' }];
    case 'short':
      return [kind, { ...fields, validUntil: timeText(START + random.pick([2, 3, 4]) * MINUTE) }];
    case 'elsewhere':
      return [kind, { ...fields, to: ELSEWHERE }];
    case 'over-block':
    case 'over-gas':
    case 'fork-data':
    case 'low-tip':
      return [kind, { ...fields, ...gasOdd(kind) }];
    case 'token-cap':
    case 'token-without-end':
    case 'token-payee':
    case 'token-trailing':
    case 'token-dirty':
    case 'token-many':
      return [kind, { ...fields, ...tokenOdd(kind) }];
    case 'malformed':
      return [kind, { ...fields, gasLimit: '021000' }];
    default:
      return [kind, fields];
  }
};

/** What happens in one history if nothing goes wrong: up to three requests, and what the co-signers do about each. */
export const planOf = (random: Random, profile: Profile): Plan => {
  const requests: PlannedRequest[] = [];
  const count = random.pick(isCrowded(profile) ? [2, 3] : [1, 1, 2, 2, 3]);
  for (let n = 0; n < count; n++) {
    let fields = plain(random, profile, n);
    let kind = 'plain';
    let at = random.between(1_000, 90_000);
    const [first] = requests;
    const row = inARow(random, profile, n, fields);
    at += row.later;
    fields = row.fields;
    if (n > 0 && first !== undefined && random.chance(profile.foreign + profile.stuck > 0.5 ? 0.9 : 0.7))
      fields = { ...fields, wallet: first.fields.wallet ?? '', chainId: first.fields.chainId ?? '' };
    if (profile.duel) {
      const lane = profile.window > 0 ? { wallet: WINDOWED, chainId: '1' } : { wallet: 'treasury', chainId: '10' };
      fields = { ...fields, ...lane, validUntil: timeText(START + 60 * MINUTE) };
      // A reference binds as far back as a read goes, which is less than what lies between a far request and the others.
      if (first !== undefined && first.kind !== 'far' && random.chance(0.4))
        fields = { ...fields, reference: first.fields.reference ?? '' };
      if (profile.window === 0) fields = { ...fields, value: (SMALL / BigInt(20 + n)).toString() };
    }
    if (profile.name === 'poison') fields = { ...fields, validUntil: timeText(START + 60 * MINUTE) };
    if (fields.wallet === 'petty' && profile.window === 0) fields = { ...fields, value: (SMALL / 10n).toString() };
    if (first !== undefined && random.chance(profile.replacing)) {
      kind = 'replacing';
      fields = replacementOf(random, fields, requests);
      at += random.pick(profile.reorgs > 0 ? [0] : [0, 150_000, 300_000]);
    } else if (random.chance(profile.odd)) [kind, fields] = oddly(random, profile, fields, requests);
    // The same payment under another reference: of one the operator can say that it is the other.
    if (
      first !== undefined &&
      kind === 'plain' &&
      profile.deeds === 'any' &&
      profile.hostile > 0 &&
      random.chance(0.5)
    ) {
      const { wallet = '', chainId = '', to = '', value = '' } = first.fields;
      fields = { ...fields, wallet, chainId, to, value };
    }
    if (profile.late > 0 && n > 0 && random.chance(profile.late)) {
      at += LATE;
      fields = { ...fields, validUntil: timeText(START + LATE + random.pick([40, 60]) * MINUTE) };
    }
    // Intake refuses it: valid for so long that a close of it may lapse first. Somebody who writes facts himself does not ask intake.
    if (profile.lapse && n === 0 && random.chance(0.4)) {
      kind = 'far';
      fields = { ...fields, validUntil: timeText(START + RETENTION + 120 * MINUTE) };
    }
    const address = WALLETS.find(({ name }) => name === fields.wallet)?.address ?? '';
    if (kind !== 'malformed' && (profile.tied || (profile.withdrawing > 0 && random.chance(0.5))))
      fields = signedByDapp(fields, address);
    const uploads = uploadsFor(random, profile, fields, at + 5_000);
    requests.push({
      at,
      fields,
      id: idOf(fields, address),
      again:
        kind === 'equal' || random.chance(0.1) ? [at + random.between(0, 1_000), at + random.between(0, 600_000)] : [],
      uploads: [...uploads, ...vetoesFor(random, profile, fields, uploads)],
      kind,
      withdrawals: withdrawalsFor(random, profile, fields, at),
    });
  }
  const faultsEnd = random.between(4, 30) * MINUTE;
  const tick = random.between(55, 130) * 1_000;
  const troubles = troublesOf(random, profile, requests);
  const replays = profile.replays === 0 ? [] : [1, 2].map(() => random.between(3 * MINUTE, faultsEnd + MINUTE));
  return { requests, troubles, replays, faultsEnd, tick };
};
