import { formatEther, formatUnits } from 'ethers';
import { timeText } from './spellings.ts';
import { NODE_REFUSALS, type WaitAbout, type WaitNumbers } from './wait-about.ts';

/** For whom the next command is: the beginning of the id that names the request, and whether it is sealed already. */
export interface Asked {
  readonly id: string;
  readonly isSealed: boolean;
}

interface Words {
  /** One sentence of what the request waits for. */
  readonly says: (numbers: WaitNumbers & Pick<WaitAbout, 'nextNonce' | 'refusal' | 'coSigner'>) => string;
  /** What to type next, after the name of the program. */
  readonly next: (asked: Asked) => string;
}

const status = ({ id }: Asked): string => `status ${id}`;
const show = ({ id }: Asked): string => `show ${id}`;
const cancel = ({ id }: Asked): string => `cancel ${id}`;
const doctor = (): string => 'doctor';
const pending = (): string => 'pending';
const overview = (): string => 'status';
/** A request that should have been another one: what is sealed can only be replaced. */
const again = ({ id, isSealed }: Asked): string => (isSealed ? `cancel ${id}` : `withdraw ${id}`);

const ether = (wei: bigint): string => `${formatEther(wei).replace(/\.0$/, '')} ETH`;
/** s; undefined where it is no time that a calendar has. */
const clock = (at: bigint | undefined): string | undefined =>
  at === undefined || at >= 253_402_300_800n ? undefined : timeText(Number(at) * 1000);
const gwei = (wei: bigint): string => `${formatUnits(wei, 9).replace(/\.0$/, '')} gwei`;

/** All nonces from `first` to below `end`. */
const span = (first: bigint, end: bigint): string =>
  end - first === 1n ? `nonce ${first}` : `nonces ${first} to ${end - 1n}`;

/**
 * Everything that an open request can wait for, in one place. Each is a code of schemas/codes.ts, with one sentence and the command that
 * helps. Whoever adds a wait adds it here; tests go through the list.
 */
export const WAITS = {
  NOT_ENOUGH_SHARES: {
    says: ({ have, need }) =>
      have === undefined || need === undefined
        ? 'It waits for more co-signers to approve it.'
        : `It waits for approvals: it has ${have} of ${need}.`,
    next: show,
  },
  SHARE_UNREACHABLE: {
    says: () => 'It waits for a share: a release key or share bucket of a co-signer cannot be used now.',
    next: doctor,
  },
  DELAYED: {
    says: ({ until }) => {
      const end = clock(until);
      return end === undefined
        ? 'It waits for the end of its delay: any co-signer can veto it until then.'
        : `It waits for the end of its delay, ${end}: any co-signer can veto it until then.`;
    },
    next: show,
  },
  VOTE_UNREACHABLE: {
    says: ({ coSigner }) =>
      coSigner === undefined
        ? 'It waits for a vote: the place of a co-signer cannot be listed, and a veto may lie there.'
        : `It waits for a vote: the place of ${coSigner} cannot be listed, and a veto may lie there.`,
    next: doctor,
  },
  PAUSED: { says: () => 'It waits for the end of the pause: the operator stopped signing.', next: () => 'resume' },
  TURN_DUE: { says: () => 'It waits for a turn: a machine of its wallet is started soon.', next: status },
  TURN_OPEN: {
    says: ({ turn }) =>
      `It waits for ${turn === undefined ? 'the turn' : `turn ${turn}`} of its wallet, which is at work.`,
    next: status,
  },
  TURN_DIED: {
    says: ({ deaths }) =>
      `It waits for another turn: ${deaths === undefined ? 'turns' : `${deaths} in a row`} died before they could sign.`,
    next: doctor,
  },
  NO_CAPACITY: {
    says: ({ zones }) =>
      `It waits for a machine: ${zones === undefined ? 'no zone' : `none of ${zones} zones`} had room for one. keyturn tries again by itself.`,
    next: status,
  },
  CLOSE_DUE: {
    says: () => 'It waits for its end: it is too late, rejected or withdrawn, and the register closes it soon.',
    next: status,
  },
  REGISTER_UNLOCKED: {
    says: () =>
      'It waits for the register: its bucket is not the one of the law, or is not locked as the law requires.',
    next: doctor,
  },
  CONTENDED: { says: () => 'It waits for a place in the register: other turns were faster each time.', next: status },
  WALLET_STOPPED: {
    says: () => 'It waits for the end of a stop: a transaction that keyturn did not make used this wallet.',
    next: overview,
  },
  CHAIN_AHEAD: {
    says: ({ count, nextNonce }) =>
      count === undefined || nextNonce === undefined
        ? 'It waits for a person: the chain counts more transactions of the wallet than the register.'
        : `It waits for a person: the chain counts ${count} transactions of the wallet, and the register ${nextNonce}.`,
    next: overview,
  },
  NONCE_AHEAD: {
    says: ({ ownNonce, nextNonce }) =>
      ownNonce === undefined || nextNonce === undefined || ownNonce <= nextNonce
        ? 'It waits for the nonces below the one that it names.'
        : `It waits for ${span(nextNonce, ownNonce)}: it names nonce ${ownNonce}.`,
    next: pending,
  },
  GAP_BELOW: {
    says: ({ nextNonce }) =>
      `It waits for ${nextNonce === undefined ? 'an earlier nonce' : `nonce ${nextNonce}`}: that is sealed, but its bytes cannot come out.`,
    next: pending,
  },
  EARLIER_NONCE: {
    says: ({ ownNonce, nextNonce }) =>
      ownNonce === undefined || nextNonce === undefined
        ? 'It waits for an earlier transaction of the wallet, which is not mined yet.'
        : `It waits for an earlier transaction of the wallet: nonce ${nextNonce} is not mined yet, and its own is ${ownNonce}.`,
    next: pending,
  },
  BALANCE_LOW: {
    says: ({ balanceWei, neededWei }) =>
      balanceWei === undefined || neededWei === undefined
        ? 'It waits for money: the wallet cannot pay value and fee.'
        : `It waits for money: it needs ${ether(neededWei)}, and the wallet has ${ether(balanceWei)} for it.`,
    next: overview,
  },
  WINDOW_FULL: {
    says: () => 'It waits for time to pass: the limit of a window of the policy is used up.',
    next: show,
  },
  VALIDITY_TOO_LONG: {
    says: () => 'It waits for time to pass: its validUntil is further away than the law allows.',
    next: show,
  },
  FEE_TOO_LOW: {
    says: ({ baseFeeWei, ceilingWei }) =>
      baseFeeWei === undefined || ceilingWei === undefined
        ? 'It waits for lower fees: its ceiling is below what the chain asks now.'
        : `It waits for lower fees: the base fee is ${gwei(baseFeeWei)}, and its ceiling is ${gwei(ceilingWei)}.`,
    next: again,
  },
  TIP_TOO_LOW: {
    says: ({ tipWei, floorWei }) =>
      tipWei === undefined || floorWei === undefined
        ? 'It waits for lower tips: it offers less than the chain takes.'
        : `It waits for lower tips: the chain takes ${gwei(floorWei)} or more, and it offers ${gwei(tipWei)}.`,
    next: again,
  },
  GAS_ABOVE_BLOCK: {
    says: ({ gas, gasLimit }) =>
      gas === undefined || gasLimit === undefined
        ? 'It waits for larger blocks: it asks for more gas than a block holds.'
        : `It waits for larger blocks: it asks for ${gas} gas, and a block holds ${gasLimit}.`,
    next: again,
  },
  FORK_RULE: {
    says: ({ gas, gasLimit }) =>
      gas === undefined || gasLimit === undefined
        ? 'It waits for other gas rules: those of the chain do not admit it now.'
        : `It waits for other gas rules: it has ${gas} gas, and the rules of the chain ask for ${gasLimit}.`,
    next: again,
  },
  NODE_REFUSED: {
    says: ({ refusal }) => `It waits for a node to take it: ${NODE_REFUSALS[refusal ?? 'refused']}.`,
    next: doctor,
  },
  CHAIN_UNREACHABLE: { says: () => 'It waits for a node: no RPC url of its chain answers.', next: doctor },
  NOT_MINED: { says: () => 'It is sent, and waits to be mined.', next: status },
  NOT_FINAL: {
    says: ({ block, finalBlock }) =>
      block === undefined || finalBlock === undefined
        ? 'It is mined, and waits for its block to be final.'
        : `It is mined in block ${block}, and waits for that to be final: the chain is final up to block ${finalBlock}.`,
    next: status,
  },
  SEAL_STUCK: {
    says: () => 'It waits for a replacement: it is sealed, and its bytes can no longer come out.',
    next: cancel,
  },
  SEAL_VETOED: {
    says: ({ coSigner = 'a co-signer' }) =>
      `It waits for a replacement: ${coSigner} vetoed it after it was sealed, so it cannot be closed, and its bytes stay in.`,
    next: cancel,
  },
  SEAL_MISMATCH: {
    says: () => 'It waits for a replacement: the stored bytes are not those of its seal, and are not sent.',
    next: cancel,
  },
  TAMPERED: {
    says: () => 'It waits for a person: entries of the register contradict each other, so nothing is released.',
    next: doctor,
  },
  MINED_MISMATCH: {
    says: () => 'It waits for a person: the nodes show a receipt of a transaction that is not sealed.',
    next: doctor,
  },
  ID_MISMATCH: {
    says: () => 'It waits for a person: what is stored about it is not what the register or its id says.',
    next: doctor,
  },
} as const satisfies Readonly<Record<string, Words>>;

export type WaitCode = keyof typeof WAITS;
export const isWaitCode = (text: string): text is WaitCode => Object.hasOwn(WAITS, text);
export const WAIT_CODES: readonly WaitCode[] = Object.keys(WAITS).filter(isWaitCode);

const wordsOf = (code: WaitCode): Words => WAITS[code];

/** The sentence, with the numbers that are known. A pure function, so that whoever announces the wait says the same. */
export const waitSentence = (code: WaitCode, { nextNonce, refusal, coSigner, numbers }: WaitAbout = {}): string =>
  wordsOf(code).says({
    ...numbers,
    ...(nextNonce === undefined ? {} : { nextNonce }),
    ...(refusal === undefined ? {} : { refusal }),
    ...(coSigner === undefined ? {} : { coSigner }),
  });

/** What to type next, after the name of the program. */
export const waitNext = (code: WaitCode, asked: Asked): string => wordsOf(code).next(asked);
