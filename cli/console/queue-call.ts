import type { Session } from '#cli/app/session.ts';
import { backingJson } from '#cli/operate/backing.ts';
import { approvals, isSigned, summary, until, type Waiting } from '#cli/operate/open-requests.ts';
import { seen } from '#cli/operate/overview.ts';
import { newestTurnOf, type Turn } from '#cli/operate/turns.ts';
import { tellWhy } from '#cli/operate/why.ts';
import { mapSome } from '#cli/request/open-ids.ts';
import { miningOf } from '#cli/request/timeline.ts';
import { voteJson } from '#cli/request/votes.ts';
import type { Seen } from '#core/decide/why.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import { chainOf } from '#schemas/config.ts';
import { timeText } from '#schemas/spellings.ts';
import { PAGE_ROWS, type QueueAnswer, type QueueBody, type QueueRow, type Waits } from './api.ts';
import type { Look } from './hub.ts';

/** The newest turn of each wallet, asked for once in one answer. */
type TurnOf = (wallet: string) => Promise<Seen<Turn | undefined>>;

const turnsFor = ({ deployment, ports, clock }: Session): TurnOf => {
  const asked = new Map<string, Promise<Seen<Turn | undefined>>>();
  return (wallet) => {
    const turn = asked.get(wallet) ?? seen(newestTurnOf(deployment, ports, wallet, clock.now()));
    asked.set(wallet, turn);
    return turn;
  };
};

/** What one waits for; null where that cannot be told now: one that cannot be read hides no other. */
const waitsOf = async (session: Session, one: Waiting, turnOf: TurnOf): Promise<Waits | null> => {
  try {
    const { facts } = one;
    const mining = await miningOf(facts, session.ports.chains);
    const { why, sentence } = await tellWhy(
      session,
      { picture: one, facts },
      { mining, turn: await turnOf(one.wallet.name) },
    );
    return { code: why.kind === 'waits' ? why.code : '', sentence };
  } catch (error) {
    if (!isKeyturnError(error)) throw error;
    return null;
  }
};

const secondsBetween = (from: number, to: number): number => Math.max(0, Math.floor((to - from) / 1000));

const rowOf = async (session: Session, one: Waiting, short: string, turnOf: TurnOf): Promise<QueueRow> => {
  const { request, law, facts, votes } = one;
  const now = session.clock.now();
  const accepted = facts.request?.object.timeCreated ?? now;
  const mine = votes.find(({ coSigner }) => coSigner === session.me)?.answer;
  return {
    id: one.id,
    short,
    wallet: one.wallet.name,
    chain: chainOf(law, request.chainId)?.name ?? request.chainId,
    asks: summary(request, law),
    reference: request.reference,
    requester: request.requester,
    stage: one.stage,
    outcome: one.outcome ?? null,
    backing: one.backing === undefined ? null : backingJson(one.backing),
    votes: votes.map(voteJson),
    approvals: approvals(one),
    needed: one.needed,
    signed: isSigned(one),
    acceptedAt: timeText(accepted),
    age: secondsBetween(accepted, now),
    validUntil: request.validUntil,
    left: secondsBetween(now, until(one)),
    mine: mine ?? null,
    waits: await waitsOf(session, one, turnOf),
  };
};

/** One page of what is not decided. What each waits for is asked for those of this page alone. */
export const queueAnswer = async (
  session: Session,
  { all, at }: Look,
  { wallet, page, size = PAGE_ROWS }: QueueBody,
): Promise<QueueAnswer> => {
  const open = all.open.filter((one) => wallet === undefined || one.wallet.name === wallet);
  const turnOf = turnsFor(session);
  const rows = open.slice(page * size, (page + 1) * size);
  return {
    ok: true,
    at: timeText(at),
    total: open.length,
    page,
    size,
    rows: await mapSome(rows, (one) => rowOf(session, one, all.short.get(one.id) ?? one.id, turnOf)),
    broken: all.broken.map(({ id, broken: { code, message } }) => ({ id, code, message })),
  };
};
