import { type Row, warn } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { actionLines } from '#cli/request/render-action.ts';
import { outcomeLine, type Picture, voteLine } from '#cli/request/render-request.ts';
import { pictureOf } from '#cli/request/requests.ts';
import { type Mining, miningLines, miningOf, type Step, stepLines, stepsOf } from '#cli/request/timeline.ts';
import { voteJson } from '#cli/request/votes.ts';
import { waitJson } from '#cli/request/wait-json.ts';
import type { Backing } from '#core/decide/backing.ts';
import type { Seen } from '#core/decide/why.ts';
import type { RequestFacts } from '#core/facts/lifecycle.ts';
import { markOf } from '#core/facts/marks.ts';
import type { Wait } from '#core/facts/wait.ts';
import { CODES } from '#schemas/codes.ts';
import { openObject } from '#schemas/names.ts';
import { timeText } from '#schemas/spellings.ts';
import { backingJson, backingLine } from './backing.ts';
import { seen } from './overview.ts';
import { jsonOf, shown } from './shown.ts';
import { newestTurnOf, type Turn, turnJson, turnWords } from './turns.ts';
import { sourceLines, type Told, tellWhy, whyJson } from './why.ts';

/** One look at a request, by the reader's own rights. */
export interface RequestStatus {
  readonly picture: Picture;
  readonly facts: RequestFacts;
  readonly steps: readonly Step[];
  readonly mining: Mining;
  readonly why: Told;
  readonly wait: Seen<Wait | undefined>;
  /** The newest of the wallet; undefined where that is no news of this request. */
  readonly turn: Seen<Turn | undefined> | undefined;
}

/** What the newest turn noted of an approved request in its open mark. */
const waitOf = async ({ ports, deployment }: Session, { id, wallet, stage }: Picture): Promise<Wait | undefined> => {
  if (stage !== 'approved') return undefined;
  const object = await (await ports.storage()).stat(deployment.buckets.work, openObject(wallet.name, id));
  return object === undefined ? undefined : markOf(object)?.wait;
};

/** Throws as `pictureOf`. What else cannot be seen is told as such. */
export const statusOfRequest = async (session: Session, id: string): Promise<RequestStatus> => {
  const { deployment, clock, ports } = session;
  const { picture, facts } = await pictureOf(await ports.storage(), deployment, id, clock.now());
  const [mining, newest, wait] = await Promise.all([
    miningOf(facts, ports.chains),
    seen(newestTurnOf(deployment, ports, picture.wallet.name, clock.now())),
    seen(waitOf(session, picture)),
  ]);
  const why = await tellWhy(session, { picture, facts }, { mining, turn: newest });
  // No turn has taken up what is only accepted, and none will what is over.
  const turn = picture.stage === 'approved' || picture.stage === 'submitted' ? newest : undefined;
  return { picture, facts, steps: stepsOf(facts, picture.votes), mining, why, wait, turn };
};

/** `backing`: of its outcome, where it has one. */
export const statusRows = (
  { picture, steps, mining, why, turn }: RequestStatus,
  backing: Backing | undefined,
): readonly Row[] => {
  const { outcome } = picture;
  const rows: Row[] = [
    { label: 'id', lines: [picture.id] },
    { label: 'wallet', lines: [picture.wallet.name] },
    { label: 'asks', lines: actionLines(picture.request, picture.law) },
    { label: 'so far', lines: stepLines(steps) },
    {
      label: 'approvals',
      lines: [
        `${picture.votes.filter(({ answer }) => answer === 'approved').length} of ${picture.needed}`,
        ...picture.votes.map(voteLine),
      ],
    },
    {
      label: 'waits',
      lines:
        why.why.kind === 'waits'
          ? [[warn(why.why.code), `: ${why.sentence}`], CODES[why.why.code].advice, ...sourceLines(why)]
          : [],
    },
    { label: 'chain', lines: miningLines(mining) },
    { label: 'turn', lines: turn === undefined ? [] : [shown(turn, turnWords)] },
    {
      label: outcome === undefined ? 'stage' : 'outcome',
      lines: [outcome === undefined ? picture.stage : outcomeLine(outcome)],
    },
    { label: 'checked', lines: backing === undefined ? [] : [backingLine(backing)] },
  ];
  return rows.filter(({ lines }) => lines.length > 0);
};

export const stepJson = ({ at, what, detail }: Step) => ({ at: timeText(at), what, detail });

/** As --json shows it. */
export const statusJson = (
  { picture, facts, steps, mining, why, wait, turn }: RequestStatus,
  backing: Backing | undefined,
) => ({
  ok: true,
  id: picture.id,
  wallet: picture.wallet.name,
  stage: picture.stage,
  steps: steps.map(stepJson),
  approvedBy: facts.submitted?.fact.approvedBy ?? facts.approved?.fact.coSigners ?? [],
  votes: picture.votes.map(voteJson),
  needed: picture.needed,
  nonce: facts.submitted?.fact.nonce ?? null,
  transactionHashes: facts.submitted?.fact.transactionHashes ?? [],
  mining,
  wait: jsonOf(wait, (value) => (value === undefined ? null : waitJson(value))),
  why: whyJson(why),
  turn: turn === undefined ? null : jsonOf(turn, turnJson),
  outcome: picture.outcome ?? null,
  backing: backing === undefined ? null : backingJson(backing),
});
