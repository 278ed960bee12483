import {
  approvedObject,
  type Buckets,
  badShareObject,
  checkpointObject,
  lawObject,
  openObject,
  outcomeObject,
  predictionObject,
  receiptObject,
  referenceObject,
  refusalObject,
  rejectionObject,
  replayedObject,
  replayObject,
  requestObject,
  type ShareLocation,
  sealObject,
  searchObject,
  seenObject,
  shareFolder,
  signedObject,
  stopLiftedObject,
  stoppedObject,
  submittedObject,
  toldObject,
  turnClosedObject,
  turnObject,
  turnTriedObject,
  waitingObject,
  withdrawnObject,
} from '#schemas/names.ts';

type NameOf = (id: string, n: number) => string;
const HASH = `0x${'7'.repeat(64)}`;
const WALLET = 'treasury';
const CHAIN = '31337';
const ADDRESS = `0x${'3'.repeat(40)}`;

/** Each kind of object that schemas/names.ts knows, by its function there, in the bucket where it belongs. A test sees that none is missing. */
export const KINDS = {
  results: {
    requestObject,
    approvedObject,
    submittedObject,
    outcomeObject,
    withdrawnObject,
    waitingObject: (id) => waitingObject(id, 'NOT_ENOUGH_SHARES'),
    badShareObject: (id) => badShareObject(id, 'alice', '7'),
    refusalObject: (id) => refusalObject(id, id),
    receiptObject: (id) => receiptObject(id, 0),
    lawObject,
  },
  work: {
    openObject: (id) => openObject(WALLET, id),
    referenceObject: (id) => referenceObject(id, 1n),
    turnObject: (_, n) => turnObject(WALLET, BigInt(n)),
    turnClosedObject: (_, n) => turnClosedObject(WALLET, BigInt(n)),
    turnTriedObject: (id, n) => turnTriedObject(WALLET, BigInt(n), id),
    stoppedObject: (_, n) => stoppedObject(WALLET, CHAIN, BigInt(n), HASH),
    stopLiftedObject: (_, n) => stopLiftedObject(WALLET, CHAIN, BigInt(n)),
    seenObject: (id) => seenObject(id, HASH),
    searchObject,
    toldObject: (id) => toldObject(id, 'x'),
    replayObject: (id) => replayObject(id.slice(0, 8)),
    replayedObject: (id) => replayedObject(id.slice(0, 8), '7'),
    // Those that steer: there is one of each, and any number of tries.
    OPERATIONS_OBJECT: (_, n) => `operations.json${n}`,
    PAUSED_OBJECT: (_, n) => `paused${n}`,
  },
  register: {
    sealObject: (_, n) => sealObject(CHAIN, ADDRESS, BigInt(n)),
    checkpointObject: (id, n) => checkpointObject({ chainId: CHAIN, address: ADDRESS, seq: BigInt(n) }, id),
  },
  signed: { signedObject },
  keys: {
    shareFolder: (at: ShareLocation, id: string) => shareFolder(at, id),
    rejectionObject: (at: ShareLocation, id: string) => rejectionObject(at, id),
    predictionObject: (at: ShareLocation, id: string) => predictionObject(at, id),
  },
} satisfies {
  readonly [bucket in Exclude<keyof Buckets, 'keys'>]: Readonly<Record<string, NameOf>>;
} & { readonly keys: Readonly<Record<string, (at: ShareLocation, id: string) => string>> };
