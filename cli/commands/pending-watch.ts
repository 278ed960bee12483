import { type Found, lookAgain } from '#cli/app/look-again.ts';
import { bad, bold, dim, good, type Line } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { type OpenChange, OpenNews } from '#cli/operate/open-news.ts';
import {
  approvals,
  mineOf,
  type OpenRequests,
  openJson,
  openRequests,
  stageOf,
  summary,
} from '#cli/operate/open-requests.ts';
import { timeText } from '#schemas/spellings.ts';

const tell = (session: Session, change: OpenChange, short: OpenRequests['short']): void => {
  const { out, clock, me } = session;
  const line = (word: Line, id: string, rest: readonly Line[]): void =>
    out.line([
      dim(`${timeText(clock.now())}  `),
      ...[word].flat(),
      '  ',
      bold(id),
      ...rest.flatMap((one) => ['  ', one].flat()),
    ]);
  const { kind, id } = change;
  switch (kind) {
    case 'new':
    case 'changed': {
      const { one } = change;
      const votes = `${approvals(one)} of ${one.needed}`;
      const mine: readonly Line[] = me === undefined ? [] : [[`${me}: `, mineOf(one, me)].flat()];
      const asks = summary(one.request, one.law);
      line(kind === 'new' ? good(kind) : kind, short.get(id) ?? id, [
        ...[one.wallet.name, asks, stageOf(one), votes],
        ...mine,
      ]);
      out.result('pending', { ok: true, change: kind, request: openJson(one, me) });
      return;
    }
    case 'broken': {
      const { code, message } = change.error;
      line(bad(code), id, [message]);
      out.result('pending', { ok: true, change: kind, id, code, message });
      return;
    }
    case 'over':
      line('over', id.slice(0, 8), [change.outcome ?? 'not to be seen how']);
      out.result('pending', { ok: true, change: kind, id, outcome: change.outcome ?? null });
      return;
    default:
      kind satisfies never;
  }
};

/** Prints each open request, and then each change, until it is interrupted. */
export const watchPending = async (session: Session, wallet: string | undefined): Promise<never> => {
  session.leave('nothing was changed', 'stream');
  session.out.line('Watching what is not decided; Ctrl-C ends it.');
  const news = new OpenNews(session);
  const look = async (): Promise<Found> => {
    let found: Found = 'same';
    const all = await openRequests(session, wallet);
    for await (const change of news.since(all)) {
      tell(session, change, all.short);
      found = 'changed';
    }
    return found;
  };
  for (;;) await lookAgain(session, look);
};
