import { readAnswer } from '#core/facts/intake-answer.ts';
import { loadFacts } from '#core/facts/store.ts';
import { prepare } from '#core/prepare.ts';
import { KeyturnError } from '#schemas/codes.ts';
import type { Config } from '#schemas/config.ts';
import { bucketsOf, topicsOf } from '#schemas/names.ts';
import { parseRequest, type TransactionRequest } from '#schemas/request.ts';
import { isRequestId } from '#schemas/spellings.ts';
import type {
  AskedRequest,
  AskOptions,
  Client,
  NodeReader,
  PaymentFields,
  PreparedRequest,
  Requester,
  Stoppable,
} from './api.ts';
import { checkGiven, draftOf, walletOf } from './fields.ts';
import { filled } from './fill.ts';
import { follow } from './follow.ts';
import type { ClientPorts } from './ports.ts';
import { signed } from './requester.ts';
import { statusOf } from './status.ts';
import { type Awaited, waitAccepted, waitFinal, waitMined, waitOutcome } from './wait.ts';

type Given = PaymentFields | PreparedRequest;

const isPrepared = (given: Given): given is PreparedRequest => 'request' in given;

const idOf = (text: string): string => {
  if (isRequestId(text)) return text;
  throw new KeyturnError('USAGE', 'an id is 64 lower-case hex digits without 0x', { field: 'id' });
};

const awaitedOf = (asked: AskedRequest | string): Awaited => (typeof asked === 'string' ? { id: idOf(asked) } : asked);

/** The client over its ports. */
export const clientOn = (
  ports: ClientPorts,
  config: Pick<Config, 'law' | 'lawHash'>,
  who: string | Requester,
): Client => {
  const { law, lawHash } = config;
  const [buckets, topics] = [bucketsOf(law.name), topicsOf(law.name)];
  const requester = typeof who === 'string' ? who : who.address;

  const whole = async (given: Given, { node }: AskOptions): Promise<TransactionRequest> => {
    if (isPrepared(given)) return parseRequest(given.request);
    const now = ports.clock.now();
    const draft = draftOf(law, requester, given, now);
    checkGiven(draft);
    const request = parseRequest(await filled(law, draft, node, now));
    return typeof who === 'string' ? request : signed(law, request, who);
  };
  const prepared = async (given: Given, options: AskOptions) => {
    const found = prepare(await whole(given, options), config, ports.clock.now());
    const { id, problem } = found;
    const refusal =
      problem === undefined ? undefined : new KeyturnError(problem.code, problem.reason, { field: problem.field, id });
    return { ...found, refusal };
  };
  const place = async (signal: AbortSignal | undefined) => ({
    storage: await ports.storage(),
    clock: ports.clock,
    config,
    signal,
  });

  return {
    requester,
    prepare: async (fields, options = {}) => {
      const { id, request, refusal } = await prepared(fields, options);
      if (refusal !== undefined) throw refusal;
      return { id, request };
    },
    request: async (given, options = {}) => {
      const { id, request, data, dataHash, refusal } = await prepared(given, options);
      const where = { storage: await ports.storage(), results: buckets.results, lawHash };
      const before = await readAnswer(where, { id, dataHash });
      // One that is accepted stays so, however late it is asked for again.
      if (before?.kind === 'accepted') return { id, request, dataHash, already: true, refusedBefore: undefined };
      if (refusal !== undefined) throw refusal;
      await (await ports.publisher()).publish(topics.transactionRequests, { data, attributes: {} });
      const refusedBefore = before?.kind === 'refused' ? before.generation : undefined;
      return { id, request, dataHash, already: false, refusedBefore };
    },
    status: async (id) => statusOf(await loadFacts(await ports.storage(), buckets, idOf(id)), law),
    waitFor: (async (
      asked: AskedRequest | string,
      options: Stoppable &
        ({ readonly until: 'accepted' | 'final' | 'outcome' } | { readonly until: 'mined'; readonly node: NodeReader }),
    ) => {
      const awaited = awaitedOf(asked);
      const where = await place(options.signal);
      switch (options.until) {
        case 'accepted':
          return waitAccepted(where, awaited);
        case 'mined':
          return waitMined(where, awaited, options.node);
        case 'final':
          return waitFinal(where, awaited);
        case 'outcome':
          return waitOutcome(where, awaited);
        default:
          return options satisfies never;
      }
    }) as Client['waitFor'],
    events: async function* ({ subscription = `${topics.requestEvents}-dapp`, signal } = {}) {
      yield* follow(await ports.subscriber(), subscription, signal, law.eventKeys);
    },
    wallet: (name) => {
      const { name: found, address, chains } = walletOf(law, name);
      return { name: found, address, chainIds: chains.map(({ chainId }) => chainId) };
    },
    close: () => ports.close(),
  };
};
