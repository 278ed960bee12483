import { decimalText } from '#cli/app/units.ts';
import type { CallNode } from '#core/calls/call-tree.ts';
import { isEndless, UNLIMITED, unitsOf } from '#core/calls/moves.ts';
import { addressesIn, type PartyRole, partiesOf } from '#core/calls/parties.ts';
import type { Token } from '#schemas/tokens.ts';
import type { Descriptor, FunctionWords } from './descriptor.ts';
import type { Field } from './fields.ts';
import { atPath, type Counted, countedBy, type DecodedCall, type Surroundings } from './values.ts';

/**
 * Where words of a descriptor name another payee, amount or token than the call has by our own decoding. Not every lie can be seen: a text says
 * what it likes of a call that nobody but its contract understands. So our own lines stand beside it, always.
 */
export interface Told {
  readonly descriptor: Descriptor;
  readonly words: FunctionWords;
  readonly node: CallNode;
  readonly call: DecodedCall;
  readonly around: Surroundings;
}

const addressesOf = ({ words, call, around }: Told): ReadonlySet<string> =>
  new Set(
    [call.to, around.wallet, ...words.function.inputs.flatMap(({ type }, n) => addressesIn(type, call.values[n]))].map(
      (address) => address.toLowerCase(),
    ),
  );

const tokenAt = (address: string, { tokens }: Surroundings): Token | undefined =>
  tokens.find((one) => one.address === address);

/** What a call of a token moves or allows by our own decoding; undefined where it is no call of a token. */
const movedBy = ({ node, around }: Told) => {
  if (node.content.kind !== 'known') return undefined;
  const { function: called, values } = node.content;
  return unitsOf(called.known, values, tokenAt(node.to, around)?.standard ?? 'erc20');
};

/** Of an enum, those that this call takes. */
const enumTexts = ({ source, format }: Field, { call, around }: Told): readonly string[] => {
  if (format.kind !== 'enum' || source.kind === 'literal') return [];
  return (atPath(source, call, around) ?? []).flatMap((value) => format.names.get(String(value)) ?? []);
};

/** All texts of theirs that a reader of this call is shown. */
export const literalsOf = (told: Told): readonly string[] => [
  told.words.intent,
  ...(told.words.sentence ?? []).filter((part) => typeof part === 'string'),
  told.descriptor.owner,
  told.descriptor.contractName,
  ...told.words.fields.flatMap((field) => [
    field.label,
    ...(field.source.kind === 'literal' ? [field.source.text] : []),
    ...(field.format.kind === 'tokenAmount' ? [field.format.message] : []),
    ...(field.format.kind === 'unit' ? [field.format.base] : []),
    ...enumTexts(field, told),
  ]),
];

/** Amounts of a token, or of ether, that stand in the call as our decoding reads it. */
const amountsOf = (told: Told, symbol: string): readonly string[] => {
  const token = told.around.tokens.find((one) => one.symbol === symbol);
  if (token === undefined) return [decimalText(told.call.value, 18)];
  const units = movedBy(told);
  if (units === undefined || token.address !== told.node.to) return [];
  return [units.leaves, units.allows].map((amount) => decimalText(amount, token.decimals));
};

const wordsIn = (text: string): readonly string[] => text.split(/[^A-Za-z0-9.$+_-]+/).filter((word) => word !== '');

/** A text of theirs that writes out an address, a token of the law, or an amount, which the call does not have. */
const inLiteral = (text: string, told: Told, addresses: ReadonlySet<string>): string | undefined => {
  for (const [hex] of text.matchAll(/0x[0-9a-fA-F]{4,}/g))
    if (!addresses.has(hex.toLowerCase())) return `its words name ${hex.slice(0, 42)}, which the call does not`;
  const words = wordsIn(text);
  const { tokens } = told.around;
  for (const [n, word] of words.entries()) {
    const symbol = word.replace(/[.]$/, '');
    const token = tokens.find((one) => one.symbol === symbol);
    if (token !== undefined && !addresses.has(token.address.toLowerCase()))
      return `its words name the token ${symbol}, which the call does not`;
    const before = words[n - 1] ?? '';
    if (
      (token !== undefined || symbol === 'ETH') &&
      /^[0-9][0-9.]*$/.test(before) &&
      !amountsOf(told, symbol).includes(before)
    )
      return `its words name ${before} ${symbol}, which is no amount of the call`;
  }
  return undefined;
};

const countedText = (counted: Counted): string => {
  if (counted === undefined) return 'no token';
  return counted.kind === 'native' ? 'the coin of the chain' : `the token ${counted.address}`;
};

/** In a call of a token: whether a field counts what the call moves, in the token that it moves. */
const amountProblem = (field: Field, told: Told): string | undefined => {
  const { source, format } = field;
  const units = movedBy(told);
  if (units === undefined || source.kind !== 'argument') return undefined;
  if (format.kind === 'amount') return `it calls ${field.label} an amount of ETH, and the call moves a token`;
  if (format.kind !== 'tokenAmount') return undefined;
  const amounts = (atPath(source, told.call, told.around) ?? []).map((value) => BigInt(String(value)));
  const counted = countedBy(format, amounts.length, told.call, told.around) ?? [];
  const other = counted.find((one) => one?.kind !== 'token' || one.address !== told.node.to);
  if (counted.some((one) => one?.kind !== 'token' || one.address !== told.node.to))
    return `it counts ${field.label} in ${countedText(other)}, and the call moves the token ${told.node.to}`;
  const own = [units.leaves, units.allows];
  if (own.every((one) => one === 0n)) return undefined;
  const wrong = amounts.find(
    (amount) => !own.includes(amount) && !(isEndless(amount) && own.includes(UNLIMITED)) && !sums(amounts, own),
  );
  return wrong === undefined
    ? undefined
    : `it calls ${wrong} the amount, and the call has ${own.find((one) => one > 0n) ?? 0n}`;
};

const sums = (amounts: readonly bigint[], own: readonly bigint[]): boolean =>
  own.includes(amounts.reduce((sum, one) => sum + one, 0n));

const GETS = /^(to|send to|pay to|transfer to)$|\b(recipient|receiver|beneficiary|payee|spender|operator)$/i;
const ENDS_WITH_TO = /\bto\s*$/i;
const GETTING: readonly PartyRole[] = ['payee', 'spender'];

/** In a call of a token: whom it pays or empowers by our own decoding. Empty where it is no such call, or moves nothing. */
const getting = (told: Told): readonly string[] => {
  if (movedBy(told) === undefined) return [];
  const pieces = tokenAt(told.node.to, told.around)?.standard === 'erc721';
  return partiesOf({ ...told.node, value: 0n, within: [] }, [], () => pieces)
    .filter(({ roles }) => roles.some((role) => GETTING.includes(role)))
    .map(({ address }) => address);
};

/** Fields that say by their label, or by the sentence, that an address gets something. */
const saidToGet = ({ words }: Told): readonly Field[] => {
  const bySentence = (words.sentence ?? []).flatMap((part, n, parts) => {
    const before = parts[n - 1];
    const field = typeof part === 'number' ? words.fields[part] : undefined;
    return field !== undefined && typeof before === 'string' && ENDS_WITH_TO.test(before) ? [field] : [];
  });
  return [...words.fields.filter(({ label }) => GETS.test(label)), ...bySentence];
};

const payeeProblem = (field: Field, told: Told, gets: readonly string[]): string | undefined => {
  const { source } = field;
  if (gets.length === 0 || source.kind === 'literal' || source.type.kind !== 'address') return undefined;
  const other = (atPath(source, told.call, told.around) ?? []).map(String).find((address) => !gets.includes(address));
  return other === undefined
    ? undefined
    : `it calls ${other} the one who gets it, and the call names ${gets.join(', ')}`;
};

/** What it says of the token at its own address, beside the law. */
const tokenProblem = ({ descriptor: { token }, call, around }: Told): string | undefined => {
  const named = tokenAt(call.to, around);
  if (token === undefined || named === undefined) return undefined;
  return token.ticker === named.symbol && token.decimals === named.decimals
    ? undefined
    : `it calls the token ${token.ticker} with ${token.decimals} decimals, and your law ${named.symbol} with ${named.decimals}`;
};

/** An address of the law's tokens that a field takes for the coin of the chain. */
const nativeProblem = ({ format }: Field, { around }: Told): string | undefined => {
  if (format.kind !== 'tokenAmount') return undefined;
  const token = format.native.map((address) => tokenAt(address, around)).find((one) => one !== undefined);
  return token === undefined ? undefined : `it takes ${token.symbol} for the coin of the chain`;
};

/** A contract that they say is called by an argument, and that stands nowhere in the call. */
const calleeProblem = ({ format }: Field, addresses: ReadonlySet<string>): string | undefined =>
  format.kind === 'calldata' && format.callee.kind === 'constant' && !addresses.has(format.callee.address.toLowerCase())
    ? `it says that ${format.callee.address} is called, which the call does not name`
    : undefined;

/** A condition of theirs on an argument that they would hide. */
const matchProblem = ({ visible, source, label }: Field, told: Told): string | undefined => {
  if (typeof visible === 'string' || source.kind === 'literal') return undefined;
  const wanted = visible.mustMatch.map((one) => one.toLowerCase());
  const other = (atPath(source, told.call, told.around) ?? []).find(
    (one) => !wanted.includes(String(one).toLowerCase()),
  );
  return other === undefined ? undefined : `${label} is none of the values that it expects`;
};

/** Each contradiction in words; none where its words and the call agree as far as can be seen. */
export const contradictions = (told: Told): readonly string[] => {
  const addresses = addressesOf(told);
  const gets = getting(told);
  const found = [
    tokenProblem(told),
    ...literalsOf(told).map((text) => inLiteral(text, told, addresses)),
    ...told.words.fields.flatMap((field) => [
      amountProblem(field, told),
      nativeProblem(field, told),
      calleeProblem(field, addresses),
      matchProblem(field, told),
    ]),
    ...saidToGet(told).map((field) => payeeProblem(field, told, gets)),
  ];
  return [...new Set(found.filter((one) => one !== undefined))];
};
