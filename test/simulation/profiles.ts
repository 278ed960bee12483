import { TOKEN_KINDS } from './token-kinds.ts';

/** What goes wrong in one kind of history, and what is asked for in it. Probabilities are per occasion; times ms. */
export interface Profile {
  readonly name: string;
  /** Refused, lost, late, slow or repeated, per call to any service. */
  readonly calls: number;
  /** Of any process, per call. */
  readonly crash: number;
  /** Machines that hang or whose packets are held back, per call of a VM. */
  readonly hold: number;
  readonly delay: number;
  /** Longest delay that a fault may bring. */
  readonly longest: number;
  /** Of deliveries: lost for ever, refused once, doubled, delayed. */
  readonly deliveries: number;
  /** ms over which co-signers upload, while no notification of theirs ever comes; 0: they come. */
  readonly unnotified: number;
  /** Of ticks lost. */
  readonly ticks: number;
  /** VMs that cannot be had, never boot, start twice or are cut off. */
  readonly machines: number;
  /** Largest error of a process's clock. */
  readonly skew: number;
  /** Of one RPC answer: refused, lost, swallowed. */
  readonly rpc: number;
  /** One of three urls lies, this often. */
  readonly lies: number;
  /** Per block: a reorganisation, a spike of the base fee, a dropped transaction. */
  readonly chain: number;
  /** Per block: a reorganisation, besides those. */
  readonly reorgs: number;
  /** Per step of the operator's plan. */
  readonly hostile: number;
  /** Co-signers whose uploads are bad, rejected or missing. */
  readonly shares: number;
  /** Requests beyond plain ones: equal, conflicting, ahead, over the cap, expiring. */
  readonly odd: number;
  /** Which of them; none: any. */
  readonly oddly: readonly string[];
  /** Requests that name what they replace. */
  readonly replacing: number;
  /** Objects per page that listings give at most; 0: as many as are asked for. */
  readonly page: number;
  /** After this many ms the retention of the register has passed, and the operator comes back. */
  readonly lapse: boolean;
  /** Requests of one lane, approved slowly, and many machines at once: what the second read is for. */
  readonly duel: boolean;
  /** What a hostile operator does: everything; what concerns the register; only what takes nothing away (junk and copies there). */
  readonly deeds: 'any' | 'register' | 'duel' | 'closing' | 'harmless';
  /** Requests that their dApp withdraws, before, while or after they are sealed; signed ones that a stranger tries to withdraw. */
  readonly withdrawing: number;
  /** Somebody who has a wallet's key sends at a nonce of it; later co-signers approve to skip it. */
  readonly foreign: number;
  /** A co-signer's release key disabled, or the share location closed, for hours or for good. */
  readonly keys: number;
  /** Zones without capacity, for hours. */
  readonly zones: number;
  /** One chain of which no url answers, for hours. */
  readonly down: number;
  /** A request over which every machine dies that opens its shares. */
  readonly poison: number;
  /** A request whose seal is made and whose bytes never come out: every machine dies that would store them. */
  readonly stuck: number;
  /** No machine ever comes up. */
  readonly doomed: number;
  /** ms that one wallet's policy has a window of; 0: none. */
  readonly window: number;
  /** That wallet pays with a token, of which its window has a cap too. */
  readonly tokens: boolean;
  /** ms: the law's longest validity. */
  readonly maxValidity: number;
  /** Wallets that can pay for one request. */
  readonly poor: boolean;
  /** Small blocks, a fork that asks for more gas, a least tip. Requests that ask for too much of one, or too little of another. */
  readonly gas: boolean;
  /** One chain takes a fee for data on another, and its wallet has hardly enough for that. */
  readonly dataFee: boolean;
  /** One url takes no transaction; the only url of a trusted chain takes none for a while. */
  readonly refusing: boolean;
  /** A node executes the bytes of nonce 0 each time they come. */
  readonly repeating: boolean;
  /** All is asked and signed from an address that the law ties to alice, whose shares do not count then. */
  readonly tied: boolean;
  /** Requests that come hours later, when what was put into the register before is old. */
  readonly late: number;
  /** Somebody asks twice for all receipts again; 0: nobody does. */
  readonly replays: number;
  /** ms that the law has every payment wait after its approvals, when co-signers may veto; 0: none. */
  readonly lawDelay: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const CALM: Profile = {
  name: 'honest',
  calls: 0,
  crash: 0,
  hold: 0,
  delay: 0,
  longest: 60_000,
  deliveries: 0,
  unnotified: 0,
  ticks: 0,
  machines: 0,
  skew: 0,
  rpc: 0,
  lies: 0,
  chain: 0,
  reorgs: 0,
  hostile: 0,
  shares: 0,
  odd: 0.2,
  oddly: [],
  replacing: 0,
  page: 0,
  lapse: false,
  duel: false,
  deeds: 'any',
  withdrawing: 0,
  foreign: 0,
  keys: 0,
  zones: 0,
  down: 0,
  poison: 0,
  stuck: 0,
  doomed: 0,
  window: 0,
  tokens: false,
  maxValidity: HOUR,
  poor: false,
  gas: false,
  dataFee: false,
  refusing: false,
  repeating: false,
  tied: false,
  late: 0,
  replays: 0,
  lawDelay: 0,
};

const profile = (name: string, over: Partial<Profile>): Profile => ({ ...CALM, name, ...over });

export const PROFILES: readonly Profile[] = [
  CALM,
  profile('lossy', { deliveries: 0.35, ticks: 0.3, delay: 0.05, odd: 0.3 }),
  profile('unnotified', { unnotified: 3 * HOUR, maxValidity: 4 * HOUR, odd: 0 }),
  profile('calls', { calls: 0.05, delay: 0.05, odd: 0.2 }),
  profile('crashy', { crash: 0.02, machines: 0.25, deliveries: 0.05, ticks: 0.1 }),
  profile('hang', { hold: 0.04, longest: 2 * HOUR, machines: 0.2, page: 3 }),
  profile('clock-skew', { skew: 100_000, calls: 0.01, odd: 0.4 }),
  profile('chain-chaos', { rpc: 0.1, lies: 0.3, chain: 0.08 }),
  profile('shares', { shares: 0.5 }),
  profile('tied', { tied: true, shares: 0.3, odd: 0.1 }),
  profile('odd', { odd: 0.9, calls: 0.01, page: 2 }),
  profile('ahead', { odd: 0.7, oddly: ['ahead', 'next'] }),
  profile('replacing', { replacing: 0.9, odd: 0, chain: 0.02, crash: 0.004 }),
  profile('reorgs', { replacing: 0.9, odd: 0, reorgs: 0.2 }),
  profile('withdrawing', { withdrawing: 0.7, odd: 0 }),
  profile('foreign', { foreign: 0.8, odd: 0, oddly: ['next'] }),
  profile('keys-off', { keys: 0.8, odd: 0 }),
  profile('zones', { zones: 0.9, odd: 0 }),
  profile('chain-down', { down: 0.9, odd: 0 }),
  profile('poison', { poison: 0.8, odd: 0 }),
  profile('stuck', { stuck: 0.9, odd: 0 }),
  profile('doomed', { doomed: 0.8, odd: 0, maxValidity: 24 * HOUR }),
  profile('windows', { window: 10 * MINUTE, replacing: 0.2, odd: 0, crash: 0.004, machines: 0.1 }),
  profile('windows-raced', {
    ...{ window: 10 * MINUTE, duel: true, hostile: 0.8, deeds: 'duel', hold: 0.1, longest: 300_000, odd: 0 },
  }),
  profile('tokens', { window: 10 * MINUTE, tokens: true, replacing: 0.2, odd: 0, crash: 0.004, machines: 0.1 }),
  profile('tokens-odd', { window: 10 * MINUTE, tokens: true, odd: 0.8, oddly: TOKEN_KINDS }),
  profile('delays', { lawDelay: 5 * MINUTE, hold: 0.08, longest: 60_000, keys: 0.6, skew: 100_000, odd: 0 }),
  profile('replays', { replays: 1, crash: 0.02, calls: 0.03, deliveries: 0.1, odd: 0, page: 2 }),
  profile('poor', { poor: true, odd: 0 }),
  profile('gas', {
    gas: true,
    odd: 0.6,
    oddly: ['over-block', 'over-block', 'fork-data', 'over-gas', 'low-tip', 'reverting'],
  }),
  profile('data-fee', { dataFee: true, odd: 0 }),
  profile('liar', { lies: 0.9, odd: 0 }),
  profile('refusing', { refusing: true, odd: 0 }),
  profile('repeating', { repeating: true, odd: 0 }),
  profile('junk', { hostile: 0.6, deeds: 'harmless', odd: 0, page: 2, late: 0.5 }),
  profile('copies', { hostile: 0.9, deeds: 'harmless', duel: true, hold: 0.08, longest: 60_000, odd: 0 }),
  profile('register', {
    hostile: 0.6,
    deeds: 'register',
    hold: 0.08,
    longest: 600_000,
    machines: 0.3,
    odd: 0.6,
    replacing: 0.2,
    withdrawing: 0.1,
    page: 2,
  }),
  profile('duel', { duel: true, hostile: 0.8, deeds: 'duel', hold: 0.1, longest: 300_000, odd: 0 }),
  profile('hostile-operator', { hostile: 0.3, hold: 0.02, odd: 0.4, shares: 0.1, longest: 2 * HOUR }),
  profile('lapse', { hostile: 0.6, deeds: 'duel', hold: 0.05, longest: 300_000, lapse: true, duel: true, odd: 0 }),
  profile('closing', {
    hostile: 0.8,
    deeds: 'closing',
    hold: 0.06,
    longest: 300_000,
    machines: 0.2,
    odd: 0.6,
    oddly: ['short'],
    shares: 0.1,
    withdrawing: 0.5,
  }),
  profile('mixed', {
    calls: 0.015,
    crash: 0.005,
    hold: 0.005,
    delay: 0.02,
    deliveries: 0.1,
    ticks: 0.1,
    machines: 0.1,
    skew: 30_000,
    rpc: 0.05,
    lies: 0.1,
    chain: 0.02,
    shares: 0.2,
    odd: 0.3,
    page: 3,
    longest: HOUR,
    withdrawing: 0.1,
    foreign: 0.05,
    keys: 0.1,
    zones: 0.1,
    down: 0.1,
    poison: 0.05,
  }),
];

/** Throws on an unknown name. */
export const profileNamed = (name: string): Profile => {
  const found = PROFILES.find((one) => one.name === name);
  if (found === undefined)
    throw new Error(`no profile ${name}; there are ${PROFILES.map((one) => one.name).join(', ')}`);
  return found;
};
