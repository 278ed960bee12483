import { type Command, Option } from 'commander';
import { type CliContext, inSession } from '#cli/app/cli-context.ts';
import { DONE } from '#cli/app/failure.ts';
import { examples } from '#cli/app/help.ts';
import { bad, type Line } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { parseCount } from '#cli/app/units.ts';
import { backingJson, backingWord, type Checker, checkerOf } from '#cli/operate/backing.ts';
import { summary } from '#cli/operate/open-requests.ts';
import { mapSome } from '#cli/request/open-ids.ts';
import { shortIds } from '#cli/request/requests.ts';
import {
  type Refused,
  type RequestFilter,
  type Stored,
  sinceOf,
  storedRefusals,
  storedRequests,
} from '#cli/request/stored-requests.ts';
import type { Backing } from '#core/decide/backing.ts';
import { type RequestFacts, stateOf } from '#core/facts/lifecycle.ts';
import { loadFacts } from '#core/facts/store.ts';
import { OUTCOMES } from '#schemas/facts.ts';
import { timeText } from '#schemas/spellings.ts';

export interface ListOptions extends RequestFilter {
  readonly outcome?: string;
  readonly since?: string;
  readonly limit?: string;
}

export const define = (command: Command, cli: CliContext): void => {
  command
    .description(
      'List requests, the newest first: open, settled, rejected, expired, and those that intake refused. Says of each end what backs it.',
    )
    .addOption(
      new Option('--outcome <outcome>', 'only those that ended so, or are open').choices(['open', ...OUTCOMES]),
    )
    .option('--wallet <name>', 'only requests of this wallet')
    .option('--requester <name>', 'only what this requester asked for, or was said to')
    .option('--reference <text>', 'only requests with this reference')
    .option('--since <time>', 'accepted or refused since: 12h, 7d, or a day written YYYY-MM-DD', '30d')
    .option('--limit <n>', 'at most so many', '100')
    .action((options: ListOptions) => inSession(cli, command, 'operator', (session) => run(session, options)));
  examples(command, [
    ['list --outcome rejected --since 7d', 'what co-signers rejected this week'],
    ['list --reference invoice-17', 'every request of one payment, also refused ones'],
  ]);
};

type Request = Extract<Stored, { kind: 'request' }>;

/** What is listed: a request with its facts, or a message that intake refused. `at`: ms. */
type Row =
  | { readonly kind: 'request'; readonly at: number; readonly request: Request; readonly facts: RequestFacts }
  | { readonly kind: 'refusal'; readonly at: number; readonly refusal: Refused };

const outcomeOf = (row: Row): string =>
  row.kind === 'refusal' ? 'refused' : (row.facts.outcome?.fact.outcome ?? 'open');

/** Nothing was accepted, so nothing stands in the register: that it was refused is the word of the function that says so. */
const REFUSAL: Backing = { kind: 'unverified', because: 'intake says so, and nothing was accepted' };

const rowsOf = async (
  session: Session,
  requests: readonly Request[],
  refusals: readonly Refused[],
): Promise<readonly Row[]> => {
  const storage = await session.ports.storage();
  const facts = mapSome(requests, ({ id, object, fact }) =>
    loadFacts(storage, session.deployment.buckets, id, { request: { object, fact } }),
  );
  const all = await session.out.during(`reading what became of ${requests.length}`, facts);
  const rows = [
    ...all.map((each, i) => ({ kind: 'request' as const, request: requests[i], facts: each })),
    ...refusals.map((refusal) => ({ kind: 'refusal' as const, refusal, at: refusal.at })),
  ];
  return rows
    .flatMap((row): Row[] => {
      if (row.kind === 'refusal') return [row];
      return row.request === undefined ? [] : [{ ...row, request: row.request, at: row.request.at }];
    })
    .sort((a, b) => b.at - a.at);
};

const backingOf = async (checker: Checker, row: Row): Promise<Backing | undefined> =>
  row.kind === 'refusal' ? REFUSAL : checker.outcome(row.facts);

const stateWords = (row: Row): Line => {
  if (row.kind === 'refusal') return bad(`refused ${row.refusal.fact.code}`);
  const outcome = row.facts.outcome?.fact;
  if (outcome === undefined) return stateOf(row.facts).stage;
  const words = [outcome.outcome, outcome.code].filter(Boolean).join(' ');
  return outcome.outcome === 'finalized' ? words : bad(words);
};

const requestJson = ({ request, facts }: Extract<Row, { kind: 'request' }>, backing: Backing | undefined) => ({
  id: request.id,
  acceptedAt: timeText(request.at),
  stage: stateOf(facts).stage,
  outcome: facts.outcome?.fact ?? null,
  backing: backing === undefined ? null : backingJson(backing),
  request: request.fact.request,
});

const refusalJson = ({ at, fact }: Refused) => ({
  refusedAt: timeText(at),
  dataHash: fact.dataHash,
  wallet: fact.wallet,
  requester: fact.requester,
  reference: fact.reference,
  code: fact.code,
  field: fact.field,
  reason: fact.reason,
  existingId: fact.existingId,
  backing: backingJson(REFUSAL),
});

export const run = async (session: Session, options: ListOptions): Promise<number> => {
  const { out, clock, deployment } = session;
  const limit = parseCount(options.limit ?? '100', '--limit', 10_000);
  const since = sinceOf(options.since ?? '30d', '--since', clock.now());
  const stored = await storedRequests(session, options, since);
  const broken = stored.filter((one) => one.kind === 'broken');
  const requests = stored.filter((one) => one.kind === 'request');
  const refusals = await storedRefusals(session, options, since);
  const fit = (await rowsOf(session, requests, refusals)).filter(
    (row) => options.outcome === undefined || outcomeOf(row) === options.outcome,
  );
  const rows = fit.slice(0, limit);
  const checker = checkerOf(session);
  const backings = await out.during(
    'checking',
    mapSome(rows, (row) => backingOf(checker, row)),
  );
  const short = shortIds(stored.map(({ id }) => id));
  if (rows.length === 0) out.line('Nothing fits.');
  else
    out.table(
      ['time', 'id', 'wallet', 'requester', 'reference', 'asks', 'state', 'backed by'],
      rows.map((row, i) => {
        const { wallet, requester, reference } = row.kind === 'refusal' ? row.refusal.fact : row.request.fact.request;
        const backing = backings[i];
        return [
          timeText(row.at),
          row.kind === 'refusal' ? '' : (short.get(row.request.id) ?? row.request.id),
          wallet,
          requester,
          reference,
          row.kind === 'refusal' ? '' : summary(row.request.fact.request, deployment.config.law),
          stateWords(row),
          backing === undefined ? '' : backingWord(backing),
        ];
      }),
    );
  for (const { id, code, why } of broken) out.line(bad(`${short.get(id)} ${code}: ${why}`));
  const complete = fit.length <= limit;
  if (!complete) out.line(`The newest ${limit} of ${fit.length}; --limit shows more.`);
  out.result('list', {
    ok: true,
    requests: rows.flatMap((row, i) => (row.kind === 'request' ? [requestJson(row, backings[i])] : [])),
    refusals: rows.flatMap((row) => (row.kind === 'refusal' ? [refusalJson(row.refusal)] : [])),
    broken: broken.map(({ id, code, why }) => ({ id, code, message: why })),
    complete,
  });
  return DONE;
};
