import { setTimeout as pause } from 'node:timers/promises';
import { goOn } from '#cli/app/interrupt.ts';
import type { Session } from '#cli/app/session.ts';
import { mapSome } from '#cli/request/open-ids.ts';
import { findId, pictureOf } from '#cli/request/requests.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { run as approve } from '../commands/approve.ts';
import { run as request } from '../commands/request.ts';
import { present, run as show } from '../commands/show.ts';
import { runJson } from './capture.ts';
import type { Recorder } from './recorder.ts';
import type { Asked } from './requests.ts';
import { say } from './tell.ts';

/** Everybody in the demonstration, each with an identity of their own and nobody else's. */
export interface Cast {
  readonly dapp: Session;
  readonly finance: Session;
  readonly coSigners: readonly Session[];
  readonly wallet: string;
  readonly subscriptions: { readonly receipts: string; readonly requestEvents: string };
}

/** ms. A lab needs a few seconds; what takes this long is stuck. */
const STEP_LIMIT_MS = 90_000;
const CONCURRENCY = 4;

/** Follows the events as dApp and finance do; the returned function ends it. */
export const listen = async (cast: Cast, recorder: Recorder): Promise<() => Promise<void>> => {
  const stop = new AbortController();
  const following = [
    (await cast.dapp.ports.subscriber()).follow(
      cast.subscriptions.requestEvents,
      async (message) => recorder.requestEvent(message),
      stop.signal,
    ),
    (await cast.finance.ports.subscriber()).follow(
      cast.subscriptions.receipts,
      async (message) => recorder.receiptEvent(message),
      stop.signal,
    ),
  ];
  const ended = Promise.allSettled(following);
  return async () => {
    stop.abort();
    await ended;
  };
};

/** The dApp asks, through the topic; resolves to the ids that intake accepted. */
const ask = (cast: Cast, recorder: Recorder, asked: readonly Asked[]): Promise<string[]> =>
  mapSome(
    asked,
    async (one) => {
      goOn(cast.dapp.signal);
      const published = Math.round(recorder.elapsed());
      const answer = await runJson(cast.dapp, (session) =>
        request(session, { wallet: cast.wallet, requester: 'dapp', gasLimit: '21000', ...one }),
      );
      const id = String(answer.id);
      recorder.story(id).stagesMs.published = published;
      return id;
    },
    CONCURRENCY,
  );

/** The request as a co-signer reads it, id recomputed from the law. */
const read = async (session: Session, id: string): Promise<void> => {
  const storage = await session.ports.storage();
  const { picture } = await pictureOf(
    storage,
    session.deployment,
    await findId(storage, session.deployment, id),
    session.clock.now(),
  );
  present(session, picture);
};

/** Waits for `done`; throws DEADLINE, naming what is missing, where it takes too long. */
const within = async (signal: AbortSignal, what: string, done: Promise<void>): Promise<void> => {
  const late = new AbortController();
  try {
    const result = await Promise.race([
      done.then(() => 'done'),
      pause(STEP_LIMIT_MS, 'late', { signal: AbortSignal.any([signal, late.signal]) }).catch(() => 'interrupted'),
    ]);
    goOn(signal);
    if (result !== 'done')
      throw new KeyturnError('DEADLINE', `${what} took longer than ${STEP_LIMIT_MS / 1000} s: try npm start -- --logs`);
  } finally {
    late.abort();
  }
};

/** From the request to the receipt: publishes, lets k co-signers approve, waits for finance. */
export const play = async (
  cast: Cast,
  recorder: Recorder,
  asked: readonly Asked[],
  threshold: number,
): Promise<void> => {
  const { out } = cast.dapp;
  const tell = (who: string, words: string) => say(out, recorder.elapsed(), who, words);
  const [first] = asked;
  const many = asked.length > 1;
  tell(
    'dapp',
    many
      ? `publishes ${asked.length} requests`
      : `asks for ${first?.value} to ${first?.to}, reference ${first?.reference}`,
  );
  const ids = await ask(cast, recorder, asked);
  const [reader, ...others] = cast.coSigners.slice(0, threshold);
  if (reader !== undefined && ids[0] !== undefined && !many) {
    out.line();
    await read(reader, ids[0]);
    out.line();
  }
  for (const session of reader === undefined ? [] : [reader, ...others]) {
    tell(
      session.me ?? '',
      many
        ? `reads and approves ${ids.length} requests, one share for each`
        : 'approves: encrypts a share with Cloud KMS for exactly this request, uploads it',
    );
    await mapSome(
      ids,
      async (id) => {
        goOn(session.signal);
        if (many) await runJson(session, (quiet) => show(quiet, id));
        return runJson(session, (quiet) => approve(quiet, id, { yes: true }));
      },
      CONCURRENCY,
    );
  }
  await within(
    cast.dapp.signal,
    'the way to the receipt',
    recorder.until(() =>
      ids.every((id) => recorder.story(id).stagesMs.receipt !== undefined && recorder.story(id).outcome !== ''),
    ),
  );
};
