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
  /** Requests of one lane, approved slowly, and many machines at once: what the second look is for. */
  readonly duel: boolean;
}

const CALM: Profile = {
  name: 'honest',
  calls: 0,
  crash: 0,
  hold: 0,
  delay: 0,
  longest: 60_000,
  deliveries: 0,
  ticks: 0,
  machines: 0,
  skew: 0,
  rpc: 0,
  lies: 0,
  chain: 0,
  hostile: 0,
  shares: 0,
  odd: 0.2,
  oddly: [],
  replacing: 0,
  page: 0,
  lapse: false,
  duel: false,
};

const profile = (name: string, over: Partial<Profile>): Profile => ({ ...CALM, name, ...over });
const HOUR = 3_600_000;

export const PROFILES: readonly Profile[] = [
  CALM,
  profile('lossy', { deliveries: 0.35, ticks: 0.3, delay: 0.05, odd: 0.3 }),
  profile('calls', { calls: 0.05, delay: 0.05, odd: 0.2 }),
  profile('crashy', { crash: 0.02, machines: 0.25, deliveries: 0.05, ticks: 0.1 }),
  profile('hang', { hold: 0.04, longest: 2 * HOUR, machines: 0.2, page: 3 }),
  profile('clock-skew', { skew: 100_000, calls: 0.01, odd: 0.4 }),
  profile('chain-chaos', { rpc: 0.1, lies: 0.3, chain: 0.08 }),
  profile('shares', { shares: 0.5 }),
  profile('odd', { odd: 0.9, calls: 0.01, page: 2 }),
  profile('replacing', { replacing: 0.9, odd: 0, chain: 0.02, crash: 0.004 }),
  profile('register', { hold: 0.08, longest: 600_000, hostile: 0.6, machines: 0.3, odd: 0.6, replacing: 0.2, page: 2 }),
  profile('duel', { duel: true, hostile: 0.8, hold: 0.1, longest: 300_000, odd: 0 }),
  profile('hostile-operator', { hostile: 0.3, hold: 0.02, odd: 0.4, shares: 0.1, longest: 2 * HOUR }),
  profile('lapse', { hostile: 0.3, hold: 0.02, lapse: true, machines: 0.2 }),
  profile('closing', {
    hostile: 0.5,
    hold: 0.06,
    longest: 300_000,
    machines: 0.2,
    odd: 1,
    oddly: ['short'],
    shares: 0.2,
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
  }),
];

/** Throws on an unknown name. */
export const profileNamed = (name: string): Profile => {
  const found = PROFILES.find((one) => one.name === name);
  if (found === undefined)
    throw new Error(`no profile ${name}; there are ${PROFILES.map((one) => one.name).join(', ')}`);
  return found;
};
