import { getAddress, Interface, MaxUint256 } from 'ethers';
import { jsonText } from '#cli/app/output.ts';
import type { RequestAnswer, Shown, Vote } from '#cli/console/api.ts';
import { type RequestView, viewJson } from '#cli/operate/request-view.ts';
import { type Picture, requestReading } from '#cli/request/render-request.ts';
import type { Simulation } from '#cli/request/simulation.ts';
import { warningsOf } from '#cli/request/warnings.ts';
import { judgePolicy } from '#core/policy.ts';
import { walletNamed } from '#schemas/config.ts';
import type { RequestField } from '#schemas/request.ts';
import { timeText } from '#schemas/spellings.ts';
import { configOf, idOf, lawJson, NOW, requestOf, WALLET_ADDRESS } from '../cli/people.ts';

/** Requests as a page shows them, in the words of the one renderer, without a cloud behind them. The same in each run. */
export const SUPPLIER = '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC';
export const SHOP = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';
/** The first five and the last four digits of the shop. */
export const TWIN = getAddress(`0x70997${'f'.repeat(31)}79c8`);
export const USDC = '0x5FbDB2315678afecb367f032d93F642f64180aa3';
const SPENDER = '0x90F79bf6EB2c4f870365E785982E1f101E93b906';
export const PEOPLE = ['alice', 'bob', 'carol'] as const;

const calls = new Interface(['function transfer(address,uint256)', 'function approve(address,uint256)']);

const law = configOf({
  name: 'acme',
  register: { projectNumber: '1', lock: 'required', retentionSeconds: 315_360_000 },
  chains: [
    {
      chainId: '31337',
      name: 'mainnet',
      finality: { kind: 'finalized' },
      trusted: true,
      tokens: [{ address: USDC, symbol: 'USDC', decimals: 6 }],
      names: [
        { address: SUPPLIER, name: 'Hilltop Paper' },
        { address: SHOP, name: 'Corner Shop' },
      ],
    },
  ],
  wallets: (lawJson().wallets as { name: string }[]).map((wallet) => ({
    ...wallet,
    policy: {
      rules: [
        {
          name: 'suppliers',
          effect: 'allow',
          destinations: ['*'],
          maxValueWei: '10000000000000000000',
          opaque: true,
          tokens: 'any',
        },
      ],
    },
  })),
});

type Before = 'final' | 'never';

export interface SampleOptions {
  readonly over: Partial<Record<RequestField, string>>;
  /** Of the one who gets it, and whether that was so before. */
  readonly before: readonly [address: string, role: 'payee' | 'spender' | 'target', seen: Before];
  /** What the nodes say would leave. Absent: it was not asked. */
  readonly would?: { readonly token: boolean; readonly to: string; readonly amount: bigint };
  readonly answers?: Readonly<Partial<Record<(typeof PEOPLE)[number], Vote['answer']>>>;
}

const votesOf = (answers: SampleOptions['answers'] = {}): Picture['votes'] =>
  PEOPLE.map((coSigner, n) => {
    const answer = answers[coSigner] ?? 'none';
    const at = answer === 'approved' || answer === 'rejected' ? NOW - (n + 2) * 61_000 : undefined;
    return { coSigner, answer: answer as 'none', at, code: undefined };
  });

const simulationOf = ({ token, to, amount }: NonNullable<SampleOptions['would']>): Simulation => ({
  kind: 'told',
  silent: [],
  places: [1, 2],
  effect: {
    success: true,
    revertData: undefined,
    movements: [
      {
        ...{ standard: token ? 'erc20' : 'native', address: token ? USDC : '', tokenId: '' },
        ...{ from: WALLET_ADDRESS, to, amount, index: undefined },
      } as const,
    ],
    unread: false,
    allowances: [],
    etherTraced: true,
  },
  gas: token ? { least: 48_321n, most: 48_321n } : { least: 21_000n, most: 21_000n },
  funded: true,
  differences: [],
});

export const pictureOf = ({ over, before: [address, role, seen], would, answers }: SampleOptions): Picture => {
  const request = requestOf(over);
  const wallet = walletNamed(law.law, 'treasury');
  if (wallet === undefined) throw new Error('no wallet');
  const verdict = judgePolicy(request, wallet, law.law);
  const before =
    seen === 'never' ? ({ kind: 'never' } as const) : ({ kind: 'final', times: 7, at: NOW - 9 * 86_400_000 } as const);
  return {
    id: idOf(request),
    request,
    wallet,
    law: law.law,
    acceptedLaw: law.lawHash,
    localLaw: law.lawHash,
    now: NOW,
    verdict,
    signer: 'claimed',
    stage: 'accepted',
    needed: 2,
    votes: votesOf(answers),
    outcome: undefined,
    gasProblems: [],
    destination: request.data === '0x' ? 'account' : 'contract',
    sameReference: [],
    ...(would === undefined ? {} : { simulation: simulationOf(would) }),
    history: {
      kind: 'known',
      earlier: { sealed: [], parties: new Map([[SHOP, new Map([['payee', []]])]]) },
      whole: true,
      before: new Map([[address, new Map([[role, before]])]]),
    },
  };
};

export const shownOf = (picture: Picture): Shown => {
  const view: RequestView = { picture, backing: undefined, facts: {} as RequestView['facts'] };
  const session = { me: 'alice', commandLine: (words: string) => `keyturn ${words}` };
  // What is read here is what a program gets: the same object, after a way over JSON.
  return JSON.parse(jsonText(viewJson(session, view, requestReading(picture)))) as Shown;
};

const pays = (to: string, amount: bigint): string => calls.encodeFunctionData('transfer', [to, amount]);

/** What stands in the queue, the most urgent first. */
export const SAMPLES: readonly SampleOptions[] = [
  {
    over: {
      to: TWIN,
      value: '310000000000000000',
      reference: 'invoice-2207',
      memo: 'new account of Corner Shop',
      validUntil: timeText(NOW + 14 * 60_000),
    },
    before: [TWIN, 'payee', 'never'],
    would: { token: false, to: TWIN, amount: 310_000_000_000_000_000n },
    answers: { bob: 'approved' },
  },
  {
    over: {
      to: USDC,
      value: '0',
      data: pays(SUPPLIER, 12_480_500_000n),
      gasLimit: '90000',
      reference: 'invoice-2198',
      requester: 'erp',
      validUntil: timeText(NOW + 47 * 60_000),
    },
    before: [SUPPLIER, 'payee', 'final'],
    would: { token: true, to: SUPPLIER, amount: 12_480_500_000n },
    answers: { carol: 'approved' },
  },
  {
    over: {
      to: SHOP,
      value: '1250000000000000000',
      reference: 'rent-2026-03',
      validUntil: timeText(NOW + 5 * 3_600_000),
    },
    before: [SHOP, 'payee', 'final'],
  },
  {
    over: {
      to: USDC,
      value: '0',
      data: calls.encodeFunctionData('approve', [SPENDER, MaxUint256]),
      gasLimit: '90000',
      reference: 'exchange-setup',
      requester: 'trading',
      validUntil: timeText(NOW + 26 * 3_600_000),
    },
    before: [SPENDER, 'spender', 'never'],
    answers: { alice: 'approved', bob: 'rejected' },
  },
];

export const sampleOf = (options: SampleOptions): RequestAnswer => {
  const picture = pictureOf(options);
  const shown = shownOf(picture);
  const warnings = warningsOf(picture).map(({ text, critical, detail = [] }) => ({
    text,
    critical: critical === true,
    detail: [...detail],
  }));
  return {
    ok: true,
    at: timeText(NOW),
    rendering: `${shown.id.slice(0, 8)}-1`,
    shown,
    warnings,
    ...(shown.simulation === null ? {} : { simulation: { kind: 'predicted' as const, lines: [] } }),
    critical: warnings.some(({ critical }) => critical),
    timeline: [
      { at: timeText(NOW - 6 * 60_000), what: 'accepted', detail: `asked by ${picture.request.requester}` },
      ...shown.votes.flatMap(({ coSigner, answer, at }) =>
        at === null ? [] : [{ at, what: answer === 'approved' ? 'share uploaded' : answer, detail: `by ${coSigner}` }],
      ),
    ].toSorted((a, b) => (a.at < b.at ? -1 : 1)),
    waits: { code: 'NOT_ENOUGH_SHARES', sentence: waitSentence(shown.votes) },
    actors: [{ coSigner: 'alice', approve: null, reject: null }],
  };
};

export const waitSentence = (votes: readonly Vote[]): string =>
  `It waits for approvals: it has ${votes.filter(({ answer }) => answer === 'approved').length} of 2.`;

export const WALLET = WALLET_ADDRESS;
export const LAW_HASH = law.lawHash;
export { NOW };
