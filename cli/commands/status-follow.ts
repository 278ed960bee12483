import { DONE, FAILED } from '#cli/app/failure.ts';
import { type Found, lookAgain } from '#cli/app/look-again.ts';
import { bold, dim, type Line, warn } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { parseDuration } from '#cli/app/units.ts';
import { backingLine, checkerOf } from '#cli/operate/backing.ts';
import { type RequestStatus, statusJson, statusOfRequest, stepJson } from '#cli/operate/request-status.ts';
import type { Step } from '#cli/request/timeline.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { timeText } from '#schemas/spellings.ts';

/** ms; undefined: until it is over. Throws USAGE. */
export const patienceOf = (timeout: string | undefined): number | undefined =>
  timeout === undefined ? undefined : 1000 * parseDuration(timeout, '--timeout');

/** Facts stand for ever, so each is news once. What it waits for may come back, and is news again. */
class News {
  readonly #told = new Set<string>();
  #waits = '';
  #last = 0;

  /**
   * In the order of their times. `began`: when the look began, by the reader's clock, which is the time of what has none of its own. Had it the time
   * of its end, a fact that came meanwhile would be told after it with an earlier time. A clock that is behind is moved on.
   */
  of({ steps, why, mining, picture }: RequestStatus, began: number): readonly Step[] {
    const now = Math.max(began, this.#last, ...steps.map(({ at }) => at));
    const mined: Step[] =
      mining.kind === 'mined'
        ? [
            {
              at: now,
              what: 'mined',
              detail: `${mining.receipt.transactionHash} in block ${mining.receipt.blockNumber}, not final yet`,
            },
          ]
        : [];
    const isOver = picture.outcome !== undefined;
    const facts = [...steps, ...(isOver ? [] : mined)].filter((step) => this.#isNew(step));
    const waits = why.why.kind === 'waits' ? `${why.why.code}: ${why.sentence}` : '';
    const isNews = waits !== '' && waits !== this.#waits;
    this.#waits = waits;
    const news = isNews ? [...facts, { at: now, what: 'waits', detail: waits }] : facts;
    if (news.length > 0) this.#last = Math.max(this.#last, ...news.map(({ at }) => at));
    return news.toSorted((a, b) => a.at - b.at);
  }

  #isNew({ what, detail }: Step): boolean {
    const key = `${what} ${detail}`;
    if (this.#told.has(key)) return false;
    this.#told.add(key);
    return true;
  }
}

const lineOf = ({ at, what, detail }: Step): Line => [
  dim(`${timeText(at)}  `),
  what === 'waits' ? warn(what) : bold(what),
  detail === '' ? '' : `  ${detail}`,
];

/** Prints each change once, until it is over. Throws DEADLINE where it is not over within `patience` (ms). */
export const followRequest = async (session: Session, id: string, patience: number | undefined): Promise<number> => {
  const { out, clock, commandLine } = session;
  const short = id.slice(0, 8);
  session.leave(`the request goes on: ${commandLine(`status ${short}`)}`, 'stream');
  const news = new News();
  let last: RequestStatus | undefined;
  const look = async (): Promise<Found> => {
    const began = clock.now();
    last = await statusOfRequest(session, id);
    const fresh = news.of(last, began);
    for (const step of fresh) {
      out.line(lineOf(step));
      out.result('status', { ok: true, id, change: stepJson(step) });
    }
    if (last.picture.outcome !== undefined) return 'end';
    return fresh.length > 0 ? 'changed' : 'same';
  };
  const until = patience === undefined ? undefined : clock.now() + patience;
  const isOver = await lookAgain(session, look, until);
  const outcome = last?.picture.outcome;
  if (!isOver || last === undefined || outcome === undefined)
    throw new KeyturnError('DEADLINE', `it is not over yet: ${commandLine(`why ${short}`)}`);
  const backing = await out.during('checking', checkerOf(session).outcome(last.facts));
  if (backing !== undefined) out.line(backingLine(backing));
  out.result('status', statusJson(last, backing));
  return outcome.outcome === 'finalized' ? DONE : FAILED;
};
