import { dayText } from './spellings.ts';

export { shareAad } from './share-text.ts';

/**
 * Every bucket, topic and object name of a deployment, in one file. terraform/ repeats `bucketsOf` and `topicsOf` once; a test compares
 * the two. Numbers that must list newest first are written as 10^12 − 1 − n in twelve digits, because a listing is in name order.
 */
export interface Buckets {
  readonly keys: string;
  readonly results: string;
  readonly register: string;
  readonly signed: string;
  readonly work: string;
}

export const bucketsOf = (deployment: string): Buckets => ({
  keys: `${deployment}-keys`,
  results: `${deployment}-results`,
  register: `${deployment}-register`,
  signed: `${deployment}-signed`,
  work: `${deployment}-work`,
});

export interface Topics {
  readonly transactionRequests: string;
  readonly requestEvents: string;
  readonly shares: string;
  readonly approved: string;
  readonly submitted: string;
  readonly receipts: string;
  readonly ticks: string;
  readonly deadLetters: string;
}

export const topicsOf = (deployment: string): Topics => ({
  transactionRequests: `${deployment}-transaction-requests`,
  requestEvents: `${deployment}-request-events`,
  shares: `${deployment}-shares`,
  approved: `${deployment}-approved`,
  submitted: `${deployment}-submitted`,
  receipts: `${deployment}-receipts`,
  ticks: `${deployment}-ticks`,
  deadLetters: `${deployment}-dead-letters`,
});

/** What wakes a turn of this wallet: of the topic of approvals, the messages of this wallet. */
export const wakeSubscription = (deployment: string, wallet: string): string =>
  `${topicsOf(deployment).approved}-wake-${wallet}`;

const LAST = 10n ** 12n - 1n;

const descending = (n: bigint): string => {
  if (n < 0n || n > LAST) throw new RangeError('a sequence number has at most twelve digits');
  return (LAST - n).toString().padStart(12, '0');
};

/** The number behind twelve descending digits; undefined where the text is no such thing. */
const ascending = (digits: string): bigint | undefined =>
  /^[0-9]{12}$/.test(digits) ? LAST - BigInt(digits) : undefined;

// results
export const requestFolder = (id: string): string => `requests/${id}/`;
export const requestObject = (id: string): string => `requests/${id}/request.json`;
export const approvedObject = (id: string): string => `requests/${id}/approved.json`;
export const submittedObject = (id: string): string => `requests/${id}/submitted.json`;
export const outcomeObject = (id: string): string => `requests/${id}/outcome.json`;
export const withdrawnObject = (id: string): string => `requests/${id}/withdrawn.json`;
/** One for each code of a wait. Its end, by which rights are given, is that of no other fact. */
export const waitingObject = (id: string, code: string): string => `requests/${id}/${code}.waiting.json`;
export const badShareObject = (id: string, coSigner: string, generation: string): string =>
  `requests/${id}/bad-share-${coSigner}-${generation}.json`;
export const refusalObject = (dataHash: string, lawHash: string): string =>
  `refusals/${dataHash}-${lawHash.slice(0, 8)}.json`;

export const RECEIPT_FOLDER = 'receipts/';
/** `day`: YYYY-MM-DD. */
export const receiptDayFolder = (day: string): string => `${RECEIPT_FOLDER}${day.replaceAll('-', '/')}/`;
/** `finalBlockTime`: ms; the day of the final block, so that whoever writes the receipt, whenever, writes the same name. */
export const receiptObject = (id: string, finalBlockTime: number): string =>
  `${receiptDayFolder(dayText(finalBlockTime))}${id}.json`;

export const waitingOf = (objectName: string): { id: string; code: string } | undefined => {
  const [, id, code] = /^requests\/([0-9a-f]{64})\/([A-Z][A-Z_]{0,30})\.waiting\.json$/.exec(objectName) ?? [];
  return id && code ? { id, code } : undefined;
};

/** Every law by its hash; its bytes are what was hashed. */
export const LAW_FOLDER = 'laws/';
export const lawObject = (lawHash: string): string => `${LAW_FOLDER}${lawHash}.json`;
export const lawHashOf = (objectName: string): string | undefined =>
  /^laws\/([0-9a-f]{64})\.json$/.exec(objectName)?.[1];

export const badShareOf = (objectName: string): { id: string; coSigner: string; generation: string } | undefined => {
  const match = /^requests\/([0-9a-f]{64})\/bad-share-([a-z][a-z0-9-]{0,30})-([0-9]+)\.json$/.exec(objectName);
  const [, id, coSigner, generation] = match ?? [];
  return id && coSigner && generation ? { id, coSigner, generation } : undefined;
};

// work
export const openFolder = (wallet?: string): string => (wallet === undefined ? 'open/' : `open/${wallet}/`);
export const openObject = (wallet: string, id: string): string => `open/${wallet}/${id}`;
export const openOf = (objectName: string): { wallet: string; id: string } | undefined => {
  const [, wallet, id] = /^open\/([a-z][a-z0-9-]{0,30})\/([0-9a-f]{64})$/.exec(objectName) ?? [];
  return wallet && id ? { wallet, id } : undefined;
};
export const referenceFolder = (referenceHash: string): string => `references/${referenceHash}/`;
/** Attempts count from 1, descending digits: the newest lists first. */
export const referenceObject = (referenceHash: string, attempt: bigint): string =>
  `references/${referenceHash}/${descending(attempt)}`;
export const referenceAttemptOf = (objectName: string): bigint | undefined =>
  ascending(objectName.slice(objectName.lastIndexOf('/') + 1));
export const turnFolder = (wallet: string): string => `turns/${wallet}/`;
export const turnObject = (wallet: string, turn: bigint): string => `turns/${wallet}/${descending(turn)}`;
export const turnClosedObject = (wallet: string, turn: bigint): string => `${turnObject(wallet, turn)}.closed`;
export const turnTriedObject = (wallet: string, turn: bigint, id: string): string =>
  `${turnObject(wallet, turn)}.tried-${id}`;

export type TurnObject =
  | { readonly kind: 'claim' | 'closed'; readonly wallet: string; readonly turn: bigint }
  | { readonly kind: 'tried'; readonly wallet: string; readonly turn: bigint; readonly id: string };

export const turnOf = (objectName: string): TurnObject | undefined => {
  const [, wallet, digits, suffix, id] =
    /^turns\/([a-z][a-z0-9-]{0,30})\/([0-9]{12})(\.closed|\.tried-([0-9a-f]{64}))?$/.exec(objectName) ?? [];
  const turn = ascending(digits ?? '');
  if (wallet === undefined || turn === undefined) return undefined;
  if (id !== undefined) return { kind: 'tried', wallet, turn, id };
  return { kind: suffix === undefined ? 'claim' : 'closed', wallet, turn };
};
/**
 * `stopped/<wallet>/<chainId>/<nonce>-<hash>`: a foreign transaction used this wallet at this nonce. `…/<nonce>.lifted`: co-signers approved
 * a request that skips to this nonce, past every stop below it. Neither is ever deleted: a stop that comes late finds its lift.
 */
export const stopFolder = (wallet: string, chainId?: string): string =>
  chainId === undefined ? `stopped/${wallet}/` : `stopped/${wallet}/${chainId}/`;
export const stoppedObject = (wallet: string, chainId: string, nonce: bigint, transactionHash: string): string =>
  `${stopFolder(wallet, chainId)}${nonce}-${transactionHash}`;
export const stopLiftedObject = (wallet: string, chainId: string, nonce: bigint): string =>
  `${stopFolder(wallet, chainId)}${nonce}.lifted`;

export type StopObject =
  | { readonly kind: 'stopped'; readonly nonce: bigint; readonly transactionHash: string }
  | { readonly kind: 'lifted'; readonly nonce: bigint };

export const stopOf = (objectName: string): StopObject | undefined => {
  const [, nonce, lifted, transactionHash] =
    /^stopped\/[a-z][a-z0-9-]{0,30}\/[0-9]{1,20}\/([0-9]{1,20})(?:(\.lifted)|-(0x[0-9a-f]{64}))$/.exec(objectName) ??
    [];
  if (nonce === undefined) return undefined;
  if (lifted !== undefined) return { kind: 'lifted', nonce: BigInt(nonce) };
  return transactionHash === undefined ? undefined : { kind: 'stopped', nonce: BigInt(nonce), transactionHash };
};

/** Hashes that somebody once named as what used the nonce of a request: looked up again later, believed for nothing. */
export const seenFolder = (id: string): string => `seen/${id}/`;
export const seenObject = (id: string, transactionHash: string): string => `${seenFolder(id)}${transactionHash}`;
export const seenOf = (objectName: string): string | undefined =>
  /^seen\/[0-9a-f]{64}\/(0x[0-9a-f]{64})$/.exec(objectName)?.[1];
/** That a person was told of this about the request: a look that ends alike says nothing new. */
export const toldObject = (id: string, reason: string): string => `told/${id}/${reason}`;
/** How far down the search for what used the nonce has come: a block number, as metadata. */
export const searchObject = (id: string): string => `${seenFolder(id)}search`;
/** A wish that receipts are sent again; its metadata says how far that is. Deleted when it is over, or by whoever wants it to stop. */
export const REPLAY_FOLDER = 'replays/';
export const replayObject = (replay: string): string => `${REPLAY_FOLDER}${replay}`;
/** The name of a replay; undefined where the object's name is none. */
export const replayOf = (objectName: string): string | undefined =>
  /^replays\/([a-z0-9][a-z0-9-]{0,62})$/.exec(objectName)?.[1];
/** How it ended. `generation` is that of the wish: a name that is used again has another. */
export const REPLAYED_FOLDER = 'replayed/';
export const replayedObject = (replay: string, generation: string): string =>
  `${REPLAYED_FOLDER}${replay}/${generation}`;
export const OPERATIONS_OBJECT = 'operations.json';
export const PAUSED_OBJECT = 'paused';

/** The VM of a turn. RFC 1035, at most 63 characters: 5 + 31 + 1 + 12. */
export const vmName = (wallet: string, turn: bigint): string => `turn-${wallet}-${turn}`;
export const vmTurnOf = (vm: string): { wallet: string; turn: bigint } | undefined => {
  const [, wallet, turn] = /^turn-([a-z][a-z0-9-]{0,30})-([0-9]{1,12})$/.exec(vm) ?? [];
  return wallet && turn ? { wallet, turn: BigInt(turn) } : undefined;
};

// register
export const sealFolder = (chainId: string, address: string): string => `seals/${chainId}/${address}/`;
export const sealObject = (chainId: string, address: string, seq: bigint): string =>
  `${sealFolder(chainId, address)}${descending(seq)}`;
/** `content`: sha256 of what is signed. Only who made it can know the name, so nobody can take it before. */
export const checkpointObject = (
  { chainId, address, seq }: { readonly chainId: string; readonly address: string; readonly seq: bigint },
  content: string,
): string => `checkpoints/${chainId}/${address}/${descending(seq)}-${content}`;
export const sealSeqOf = (objectName: string): bigint | undefined =>
  ascending(objectName.slice(objectName.lastIndexOf('/') + 1));

// signed
export const signedObject = (id: string): string => `${id}.json`;

// keys: a share location is `gs://bucket/prefix`, where prefix is empty or ends in '/'
export interface ShareLocation {
  readonly bucket: string;
  readonly prefix: string;
}
export const shareFolder = (location: ShareLocation, id: string): string => `${location.prefix}shares/${id}`;
export const rejectionObject = (location: ShareLocation, id: string): string => `${location.prefix}rejections/${id}`;
/** What the co-signer was shown as the likely result (`schemas/prediction.ts`). */
export const predictionObject = (location: ShareLocation, id: string): string => `${location.prefix}predictions/${id}`;

export type KeyObject = { readonly kind: 'share' | 'rejection' | 'prediction'; readonly id: string };

const KEY_FOLDERS: Readonly<Record<string, KeyObject['kind']>> = {
  shares: 'share',
  rejections: 'rejection',
  predictions: 'prediction',
};

/**
 * What an object below a share location is. `shares/<id>`, `shares/<id>/<attempt>`, `rejections/<id>` or `predictions/<id>`; anything else is
 * undefined.
 */
export const keyObjectOf = (location: ShareLocation, objectName: string): KeyObject | undefined => {
  if (!objectName.startsWith(location.prefix)) return undefined;
  const [, folder = '', id, attempt] =
    /^(shares|rejections|predictions)\/([0-9a-f]{64})(\/[^/]{1,128})?$/.exec(
      objectName.slice(location.prefix.length),
    ) ?? [];
  const kind = KEY_FOLDERS[folder];
  if (id === undefined || kind === undefined || (kind !== 'share' && attempt !== undefined)) return undefined;
  return { kind, id };
};
