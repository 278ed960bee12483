import type { RegisterRef } from '#core/register/entry.ts';
import { sha256Hex } from '#schemas/canonical.ts';
import { type Law, parseLaw, type Wallet, walletNamed } from '#schemas/config.ts';
import { digestOf } from '#schemas/digest.ts';
import { bucketsOf } from '#schemas/names.ts';
import { validUntilMs } from '#schemas/request.ts';
import { type Bundle, canonicalJson, type Files, lawFile, openBundle } from './bundle.ts';
import { chainChecks, finality, rungs } from './chain-checks.ts';
import { type Check, fail, judged, pass, unchecked } from './check.ts';
import { CLAIM_CHECKS, claimChecks } from './claims.ts';
import { approvals, ciphertexts, delay, verdict } from './law-checks.ts';
import {
  brokenLinks,
  bySeq,
  evidenceNonceOf,
  isSeal,
  type Kept,
  type KeptSeal,
  keptOf,
  linkedUpTo,
  nameIn,
  walkNonces,
} from './log.ts';
import { forgetful, type Memory } from './memory.ts';
import { attempt, type Subject } from './subject.ts';
import { type Claims, type Root, rootWords, tokenClaims } from './token.ts';

/** What the auditor brings: nothing of it comes from the bundle. */
export interface Trust {
  readonly root: Root;
  /** `sha256:…` of the image that should have signed. Undefined: the auditor compares. */
  readonly image: string | undefined;
}

/** Every check, in the order in which they are printed. */
export const CHECKS = [
  'bundle',
  'law',
  'seal',
  'request',
  'chain-of-seals',
  'nonces',
  'token',
  ...CLAIM_CHECKS,
  'time',
  'verdict',
  'delay',
  'approvals',
  'ciphertexts',
  'rungs',
  'block',
  'transaction',
  'receipt',
  'finality',
] as const;

const ENTRY = /^register\/([0-9]{12})\.([0-9]{1,20})$/;

const entriesOf = ({ files }: Bundle, log: RegisterRef, memory: Memory): readonly Kept[] =>
  [...files].flatMap(([file, bytes]) => {
    const [, digits = '', generation = ''] = ENTRY.exec(file) ?? [];
    if (digits === '') return [];
    const read = () => keptOf(log, { name: nameIn(log, digits), generation, bytes });
    const kept = memory(`entry ${file} ${JSON.stringify(log)}`, bytes, read);
    return kept === undefined ? [] : [kept];
  });

/** The law of the seal, by its hash, and the wallet in it. */
const lawOf = (
  bundle: Bundle,
  memory: Memory,
): { readonly law: Law; readonly wallet: Wallet } | { readonly check: Check } => {
  const { lawHash, wallet: walletName } = bundle.receipt;
  const bytes = bundle.files.get(lawFile(lawHash));
  if (bytes === undefined) return { check: fail('law', `the bundle does not hold the law ${lawHash}`) };
  if (sha256Hex(bytes) !== lawHash)
    return { check: fail('law', 'the law does not have the hash that the receipt names') };
  const stray = [...bundle.files.keys()].find((name) => name.startsWith('laws/') && name !== lawFile(lawHash));
  if (stray !== undefined) return { check: fail('law', `${stray} is not the law of this receipt`) };
  const json = attempt(() => canonicalJson('law', bytes));
  if ('problem' in json) return { check: fail('law', `the law cannot be read: ${json.problem}`) };
  const read = attempt(() => memory('law', bytes, () => parseLaw(json.value)));
  // Its hash is the one that the receipt names: it may have been a law once, in a form that is no longer read.
  if ('problem' in read)
    return { check: unchecked('law', `this version does not read it; one of its time may: ${read.problem}`) };
  const wallet = walletNamed(read.value.law, walletName);
  if (wallet === undefined) return { check: fail('law', `the law knows no wallet ${walletName}`) };
  return { law: read.value.law, wallet };
};

const sealOf = (bundle: Bundle, log: RegisterRef, entries: readonly Kept[]): KeptSeal | Check => {
  const { seal, sealGeneration, sealHash } = bundle.receipt;
  const junk = entries.find(({ entry }) => entry === undefined);
  if (junk !== undefined)
    return fail('seal', `${junk.name} is no entry: not signed by ${log.address}, or of another form`);
  const found = entries.find((one) => one.name === seal && one.generation === sealGeneration);
  if (found === undefined || !isSeal(found))
    return fail('seal', 'the bundle does not hold the seal that the receipt names');
  return sha256Hex(found.bytes) === sealHash
    ? found
    : fail('seal', 'the seal does not have the hash that the receipt names');
};

const chainOfSeals = ({ entries, seal }: Subject): Check => {
  const [broken] = brokenLinks(entries);
  const wanted = linkedUpTo(seal.seq, entries);
  const stray = entries.find((one) => !wanted.includes(one));
  const problem = broken ?? (stray === undefined ? undefined : `no seal names ${stray.name}, so nothing binds it`);
  return judged('chain-of-seals', problem, `${entries.length} entries, each named by the next seal`);
};

const nonces = ({ entries, log, wallet, item }: Subject): Check => {
  const start = wallet.chains.find(({ chainId }) => chainId === log.chainId)?.startNonce;
  if (start === undefined) return fail('nonces', `the law does not let ${wallet.name} sign on chain ${log.chainId}`);
  const { missing, conflicting } = walkNonces(entries.filter(isSeal), BigInt(start));
  const [problem] = [...conflicting, ...missing.map((hole) => `not sealed: ${hole}`)];
  return judged('nonces', problem, `every nonce from ${start} to ${item.nonce} is sealed, each once`);
};

/** Every seal of the bundle carries evidence of its own, over its own bytes. */
const token = (
  { entries, seal, memory }: Subject,
  root: Root,
): { readonly check: Check; readonly claims: Claims | undefined } => {
  let claims: Claims | undefined;
  for (const one of entries.filter(isSeal)) {
    const read = attempt(() => memory('token', one.entry.evidence, () => tokenClaims(one.entry.evidence, root)));
    if ('problem' in read) return { check: fail('token', `${one.name}: ${read.problem}`), claims: undefined };
    if (read.value.eat_nonce !== evidenceNonceOf(one))
      return { check: fail('token', `${one.name}: its evidence is of another seal`), claims: undefined };
    if (one === seal) claims = read.value;
  }
  return { check: pass('token', `signed, up to ${rootWords(root)}`), claims };
};

/** Where one thing fails on which the rest is built, the rest is not judged. */
const stopped = (done: readonly Check[], because: string): readonly Check[] =>
  CHECKS.map((name) => done.find((one) => one.name === name) ?? unchecked(name, because));

/** The ordered checks of one bundle. `memory`: what was read of others under the same root. */
export const auditBundle = async (
  files: Files,
  trust: Trust,
  memory: Memory = forgetful,
): Promise<readonly Check[]> => {
  const opened = attempt(() => openBundle(files));
  if ('problem' in opened) return stopped([fail('bundle', opened.problem)], 'the bundle is not whole');
  const bundle = opened.value;
  const done: Check[] = [pass('bundle', `${files.size} files, as the manifest names them`)];
  const read = lawOf(bundle, memory);
  if ('check' in read) return stopped([...done, read.check], 'the law is not known');
  const { law, wallet } = read;
  done.push(pass('law', `law ${bundle.receipt.lawHash}`));
  const log = {
    chainId: bundle.receipt.chainId,
    address: wallet.address,
    registerBucket: bucketsOf(law.name).register,
  };
  const entries = entriesOf(bundle, log, memory).toSorted(bySeq);
  const seal = sealOf(bundle, log, entries);
  if ('result' in seal) return stopped([...done, seal], 'the seal is not known');
  if (seal.entry.lawHash !== bundle.receipt.lawHash)
    return stopped(
      [...done, fail('seal', 'it was sealed under another law than the receipt says')],
      'the seal is not known',
    );
  done.push(pass('seal', `${seal.name}, signed by ${wallet.address}`));
  const item = seal.entry.items.find(({ id }) => id === bundle.id);
  if (item === undefined || digestOf(item.request, wallet.address, log.registerBucket) !== bundle.id)
    return stopped([...done, fail('request', 'the seal holds no request with this id')], 'the request is not known');
  done.push(pass('request', `hashes to ${bundle.id}`));
  const subject: Subject = { bundle, law, wallet, log, entries, seal, item, memory };
  const { check, claims } = token(subject, trust.root);
  done.push(chainOfSeals(subject), nonces(subject), check);
  if (claims !== undefined) {
    const at = claims.iat * 1000;
    const late = at >= validUntilMs(item.request) ? 'it was sealed after its validUntil' : undefined;
    done.push(...claimChecks(claims, { nonce: evidenceNonceOf(seal), law, image: trust.image }));
    done.push(
      judged('time', late, `sealed before ${item.request.validUntil}`),
      verdict(subject, at),
      delay(subject, at),
    );
  }
  done.push(approvals(subject));
  const onChain = await chainChecks(subject);
  const isMinedChecked = onChain.some(({ name, result }) => name === 'transaction' && result === 'pass');
  done.push(ciphertexts(subject), rungs(subject, isMinedChecked), ...onChain, finality(subject));
  return stopped(done, 'the token is not to be believed');
};

/** Whether the seal was seen: where it was not, nothing of the payment is proven, whatever did not fail. */
export const isJudged = (checks: readonly Check[]): boolean =>
  checks.some(({ name, result }) => name === 'seal' && result === 'pass');

export const failedIn = (checks: readonly Check[]): readonly string[] =>
  checks.filter(({ result }) => result === 'fail').map(({ name }) => name);
