import type { CliContext } from '#cli/app/cli-context.ts';
import { DONE, FAILED } from '#cli/app/failure.ts';
import { bold } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { parseDuration } from '#cli/app/units.ts';
import { summary } from '#cli/operate/open-requests.ts';
import { replay, type Stored } from '#cli/policy/replay.ts';
import { isChanged, replayJson, replayLines, type Unread } from '#cli/policy/replay-lines.ts';
import { longestWindowOf } from '#cli/policy/replay-windows.ts';
import { mapSome } from '#cli/request/open-ids.ts';
import { readLawFile } from '#cli/request/read-request-file.ts';
import { isRequestSince, storedIdOf } from '#cli/request/stored-requests.ts';
import { lawIn, readKeptLaw } from '#core/facts/kept-laws.ts';
import { listAll, readFact } from '#core/facts/store.ts';
import type { Storage, StoredObject } from '#core/ports.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import type { Law } from '#schemas/config.ts';
import { digestOf } from '#schemas/digest.ts';
import type { RequestFact } from '#schemas/facts.ts';
import { submittedObject } from '#schemas/names.ts';

export interface ReplayOptions {
  readonly law: string;
  readonly since?: string;
  /** Compares with the law under which each was accepted, and not with that in force. */
  readonly accepted?: boolean;
}

type Before = (fact: RequestFact) => Promise<Law>;

/** Kept laws are proven by their hash. Each is read once. */
const acceptedLaws = (storage: Storage, results: string): Before => {
  const read = async (lawHash: string): Promise<Law> => {
    const bytes = await readKeptLaw(storage, results, lawHash);
    if (bytes === undefined) throw new KeyturnError('NOT_FOUND', `the law ${lawHash} is not kept`);
    return lawIn(bytes);
  };
  const known = new Map<string, Promise<Law>>();
  return ({ lawHash }) => {
    const law = known.get(lawHash) ?? read(lawHash);
    known.set(lawHash, law);
    return law;
  };
};

/** A request of the listing, and what says that it was sealed. */
interface Listed {
  readonly object: StoredObject;
  readonly submitted: StoredObject | undefined;
}

const requestsIn = async (storage: Storage, results: string, since: number): Promise<readonly Listed[]> => {
  const objects = await listAll(storage, results, 'requests/');
  const byName = new Map(objects.map((object) => [object.name, object]));
  return objects
    .filter((object) => isRequestSince(object, since))
    .map((object) => ({ object, submitted: byName.get(submittedObject(storedIdOf(object.name))) }));
};

/** When and at which nonce it was sealed, as submitted.json says. A function's word: nothing is decided by it here. */
const sealedIn = async (
  storage: Storage,
  results: string,
  object: StoredObject | undefined,
): Promise<Stored['sealed']> => {
  if (object === undefined) return undefined;
  const fact = (await readFact(storage, { kind: 'submitted', bucket: results, name: object.name }, object))?.fact;
  return fact === undefined ? undefined : { at: object.timeCreated, nonce: fact.nonce };
};

/** One stored request. One that cannot be read, or is not what its name says, hides no other. */
const readOne = async (
  session: Session,
  storage: Storage,
  { object, submitted }: Listed,
  laws: { readonly before: Before; readonly after: Law },
): Promise<Stored | Unread> => {
  const { results, register } = session.deployment.buckets;
  const id = storedIdOf(object.name);
  try {
    const fact = (await readFact(storage, { kind: 'request', bucket: results, name: object.name }, object))?.fact;
    if (fact === undefined) return { id, why: 'it is gone' };
    const digest = digestOf(fact.request, fact.walletAddress, register);
    if (fact.id !== id || digest !== id) return { id, why: `what is stored there hashes to ${digest}` };
    const sealed = await sealedIn(storage, results, submitted);
    return { fact, laws: { before: await laws.before(fact), after: laws.after }, sealed };
  } catch (error) {
    if (!isKeyturnError(error) || error.code === 'UNAVAILABLE') throw error;
    return { id, why: `${error.code}: ${error.message}` };
  }
};

export const replayPolicy = async (
  session: Session,
  folder: Pick<CliContext, 'folder'>['folder'],
  options: ReplayOptions,
): Promise<number> => {
  const { deployment, ports, out, clock } = session;
  const { results } = deployment.buckets;
  const { law, lawHash } = deployment.config;
  const since = options.since === undefined ? 0 : clock.now() - parseDuration(options.since, '--since') * 1000;
  const proposed = await readLawFile(folder, options.law, undefined);
  const storage = await ports.storage();
  const before: Before = options.accepted === true ? acceptedLaws(storage, results) : async () => law;
  // What was sealed before still stands in the windows at the beginning.
  const reach = Math.max(
    ...[law, proposed.law].map((one) => longestWindowOf(one) + one.limits.maxValiditySeconds * 1000),
  );
  const listed = await out.during('listing the requests', requestsIn(storage, results, since - reach));
  const wanted = new Set(
    listed.filter(({ object }) => object.timeCreated >= since).map(({ object }) => storedIdOf(object.name)),
  );
  const laws = { before, after: proposed.law };
  const found = await out.during(
    `judging ${listed.length} requests`,
    mapSome(listed, (one) => readOne(session, storage, one, laws)),
  );
  const stored = found.flatMap((one) => ('fact' in one ? [one] : []));
  const all = replay(stored).filter(({ id }) => wanted.has(id));
  const unread = found.flatMap((one) => ('why' in one && wanted.has(one.id) ? [one] : []));
  out.line(bold(`Stored requests under a proposed law`));
  out.line(
    `before: ${options.accepted === true ? 'the law under which each was accepted' : `the law in force, ${lawHash}`}`,
  );
  out.line(`after:  ${proposed.lawHash}`);
  out.line();
  out.lines(replayLines(all, unread, ({ request }) => summary(request, law)));
  const ok = unread.length === 0 && !all.some(isChanged);
  out.result('policy replay', {
    ok,
    lawHash: options.accepted === true ? null : lawHash,
    proposedHash: proposed.lawHash,
    ...replayJson(all, unread),
  });
  return ok ? DONE : FAILED;
};
