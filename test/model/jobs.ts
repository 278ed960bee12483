import type { Invariant } from './invariants.ts';
import { PROTOCOL, type Protocol, type Question } from './protocol.ts';
import { SCENARIOS, type Scenario, type ScenarioName } from './scenarios.ts';

/** `holds`: nothing is broken. `breaks`: these are, perhaps among others. `shows`: what it breaks is worth knowing, and not asked for. */
export type Expected =
  | { readonly kind: 'holds' }
  | { readonly kind: 'breaks'; readonly invariants: readonly Invariant[] }
  | { readonly kind: 'shows' };

export interface Job {
  readonly name: string;
  readonly protocol: Protocol;
  readonly scenario: Scenario;
  readonly maxStates: number;
  readonly expected: Expected;
}

type Change = Partial<Protocol>;

/** A rule that looks simpler: release if and only if my name has exactly one generation, and believe a close under the same condition. */
const SOLE: Change = { releases: 'sole', believes: 'sole' };
/** The first design: the second read asked only whether the id has one nonce, and no time limit was named. */
const FIRST_DESIGN: Change = { asks: ['id'], limit: 'none' };

const asks = (...questions: readonly Question[]): Change => ({ asks: questions });

const breaks = (name: string, scenario: ScenarioName, change: Change, ...invariants: readonly Invariant[]): Job => ({
  name: `mutant: ${name} [${scenario}]`,
  protocol: { ...PROTOCOL, ...change },
  scenario: SCENARIOS[scenario],
  maxStates: 2_000_000,
  expected: { kind: 'breaks', invariants },
});

/** One rule broken at a time: the search must find what that costs. */
export const MUTANTS: readonly Job[] = [
  breaks('no second read', 'archive, 3 turns', { releases: 'always', completes: 'blindly' }, 'I3', 'I2'),
  breaks('live generations only', 'archive, 3 turns', { firstRead: 'live', secondRead: 'live' }, 'I3', 'I2'),
  breaks('released before the create', 'archive, 3 turns', { releasedWhen: 'before' }, 'I2', 'I1', 'I3'),
  breaks('nonce from a node', 'honest, 3 turns', { nonce: 'rpc' }, 'I4'),
  breaks('close outside the register', 'archive, 3 turns', { closes: 'outside' }, 'I3'),
  breaks('completion without the second read', 'archive, 3 turns', { completes: 'blindly' }, 'I3', 'I2'),
  breaks('second read does not ask for the id', 'lapse', asks('reference', 'nonce', 'close'), 'I1'),
  breaks('second read does not ask for the reference', 'lapse, one reference', asks('id', 'nonce', 'close'), 'I2!'),
  breaks('second read does not ask for the nonce', 'archive, 3 turns', asks('id', 'reference', 'close'), 'I4+'),
  breaks('second read does not ask for closes', 'archive, 3 turns', asks('id', 'reference', 'nonce'), 'I3'),
  breaks('second read asks for the nonce and closes only', 'replacement', asks('nonce', 'close'), 'I2!'),
  breaks('second read lists live generations only', 'archive, 3 turns', { secondRead: 'live' }, 'I3', 'I2'),
  breaks('an unsigned close is junk', 'honest, 3 turns', { closes: 'signed' }, 'I3'),
  breaks('a close is believed by who wins its create', 'archive, 3 turns', { believes: 'onCreate' }, 'I3'),
  breaks('a close is believed by its place', 'archive, 3 turns', { believes: 'bySeq' }, 'I3'),
  breaks(
    'next nonce from the newest seal',
    'honest, replaced and more',
    {
      nonce: 'newest',
      ...asks('id', 'reference', 'close'),
      firstAsksNonce: false,
    },
    'I4',
  ),
  breaks('place above the newest seal or close', 'honest, 3 turns', { place: 'aboveNewest' }, 'I5'),
  breaks('pages oldest first', 'pages', { pages: 'oldestFirst' }, 'I5'),
  breaks('no limit on completing', 'lapse', { limit: 'belief' }, 'I3'),
  breaks('no limit on believing a close', 'lapse', { limit: 'read' }, 'I3'),
  breaks('the hash chain decides what counts', 'archive and junk', { chain: 'decides' }, 'I5'),
  breaks('a seal counts wherever it is copied', 'copies, no archiving', { nameInBody: false }, 'I5'),
  breaks('sole generation, and junk does not count', 'archive and junk', { ...SOLE, junkCounts: false }, 'I3'),
  breaks('sole generation, and retention lapses', 'lapse', SOLE, 'I3', 'I1'),
  breaks('sole generation, above the newest entry', 'honest, 3 turns', { ...SOLE, place: 'aboveNewest' }, 'I5'),
  breaks('sole generation, pages oldest first', 'pages', { ...SOLE, pages: 'oldestFirst' }, 'I3', 'I1'),
  breaks('trusts the set without its digest', 'checkpoints', { checkpointSet: 'unlisted' }, 'I3'),
  breaks('what the set does not name is taken for junk', 'checkpoints', { checkpointSet: 'among' }, 'I3'),
  breaks('a checkpoint omits references', 'checkpoints', { checkpointOmits: 'reference' }, 'I2!'),
  breaks('a checkpoint omits closes', 'checkpoints', { checkpointOmits: 'close' }, 'I3'),
  breaks('a checkpoint omits replacements', 'checkpoints, replaced', { checkpointOmits: 'replacement' }, 'I3'),
  breaks('sums of another law', 'checkpoints, two laws', { checkpointLaw: 'any' }, 'W'),
  breaks('an hour leaves the sums early', 'checkpoints, two laws', { checkpointHours: 'early' }, 'W'),
  breaks(
    'releases a seal that its own read does not list',
    'checkpoints',
    { checkpointSet: 'unlisted', asksOwn: false },
    'I2',
  ),
];

const job = (name: string, scenario: ScenarioName, change: Change, expected: Expected, maxStates: number): Job => ({
  name: `${name}: ${scenario}`,
  protocol: { ...PROTOCOL, ...change },
  scenario: SCENARIOS[scenario],
  maxStates,
  expected,
});

const HOLDS: Expected = { kind: 'holds' };
const SHOWS: Expected = { kind: 'shows' };
const BROKEN: Expected = { kind: 'breaks', invariants: [] };
const names = Object.keys(SCENARIOS) as readonly ScenarioName[];
const ON_CREATE: Change = { ...FIRST_DESIGN, believes: 'onCreate' };

export const JOBS: readonly Job[] = [
  ...names.map((scenario) => job('protocol', scenario, {}, HOLDS, 14_000_000)),
  ...(['archive, 3 turns', 'lapse'] as const).map((scenario) =>
    job('protocol, later closes dated', scenario, { laterCloses: 'dated' }, HOLDS, 14_000_000),
  ),
  ...(['honest, 3 turns', 'archive, 3 turns', 'replacement', 'lapse'] as const).map((scenario) =>
    job('first design', scenario, FIRST_DESIGN, BROKEN, 2_000_000),
  ),
  ...(['honest, 3 turns', 'archive, 3 turns', 'archive and junk'] as const).map((scenario) =>
    job('sole generation', scenario, SOLE, SHOWS, 6_000_000),
  ),
  job('first design, closes only by an honest reconcile', 'honest, 3 turns', ON_CREATE, SHOWS, 2_000_000),
  job('first design, closes only by an honest reconcile', 'archive, 3 turns', ON_CREATE, SHOWS, 2_000_000),
  // Not needed for safety: the second read catches what the first one missed.
  job('first read lists live generations only', 'archive, 3 turns', { firstRead: 'live' }, HOLDS, 6_000_000),
  ...MUTANTS,
];
