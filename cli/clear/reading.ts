import { getBytes } from 'ethers';
import { oddWordsText } from '#cli/request/mixed-letters.ts';
import { allCalls, type CallNode, causeText, treeOf } from '#core/calls/call-tree.ts';
import { decodeCall } from '#core/calls/decode.ts';
import { MAX_CALLS } from '#core/calls/nested.ts';
import { contradictions, literalsOf, type Told } from './contradictions.ts';
import type { Descriptor } from './descriptor.ts';
import type { Field } from './fields.ts';
import type { PinnedDescriptors, Stop } from './pinned.ts';
import { uncoveredIn } from './uncovered.ts';
import { addressesAt, atPath, type Surroundings, theirs, valueTexts } from './values.ts';

/** What a pinned descriptor says of one call. It stands beside our own lines, never instead. */
export interface TheirWords {
  /** "" for the request's own call, as in cli/request/call-words.ts; `2>` for one in an argument of the second. */
  readonly place: string;
  readonly address: string;
  readonly file: string;
  readonly hash: string;
  readonly owner: string;
  readonly contractName: string;
  /** Their sentence with our values in it, or their intent; "" where they say none. */
  readonly intent: string;
  /** Their label, and the value as we read it. */
  readonly lines: readonly { readonly label: string; readonly values: readonly string[] }[];
  /** What of the call their words leave out, raw. */
  readonly uncovered: readonly string[];
  /** Letters in their texts that pass for others. */
  readonly odd: string | undefined;
}

/** A call of a contract with a pinned descriptor that has no words for it. */
export interface Unsaid {
  readonly place: string;
  readonly address: string;
  readonly file: string;
  readonly why: string;
}

export interface ClearReading {
  readonly words: readonly TheirWords[];
  readonly unsaid: readonly Unsaid[];
  readonly stops: readonly Stop[];
}

const NOTHING: ClearReading = { words: [], unsaid: [], stops: [] };

/** Calls within calls, by arguments that hold one. */
const MAX_WITHIN = 3;

const joined = (all: readonly ClearReading[]): ClearReading => ({
  words: all.flatMap(({ words }) => words),
  unsaid: all.flatMap(({ unsaid }) => unsaid),
  stops: all.flatMap(({ stops }) => stops),
});

interface Renderer extends Surroundings {
  readonly pinned: PinnedDescriptors;
}

/** Lines of the fields; undefined where one leads to an element that the call lacks. */
const linesOf = (shown: readonly Field[], told: Told): TheirWords['lines'] | undefined => {
  const lines = shown.map((field) => ({
    label: field.label,
    values: valueTexts(field, told.call, told.around, told.descriptor),
  }));
  return lines.every((line): line is TheirWords['lines'][number] => line.values !== undefined) ? lines : undefined;
};

/** Their text and our values, one after the other: values keep their own marks, so nobody takes them for text of theirs. */
const intentOf = ({ words, call, around, descriptor }: Told): string => {
  const { sentence } = words;
  if (sentence === undefined) return words.intent === '' ? '' : theirs(words.intent);
  return sentence
    .map((part) => {
      const field = typeof part === 'number' ? words.fields[part] : undefined;
      if (typeof part === 'string') return theirs(part);
      return field === undefined ? '' : (valueTexts(field, call, around, descriptor) ?? []).join(' and ');
    })
    .join(' ');
};

/** Calls that lie in arguments, where our own decoding does not read them already. */
const withinOf = (told: Told, renderer: Renderer, place: string, depth: number): readonly ClearReading[] => {
  if (told.node.within.length > 0 || depth >= MAX_WITHIN) return [];
  return told.words.fields.flatMap(({ source, format }): readonly ClearReading[] => {
    if (format.kind !== 'calldata' || source.kind === 'literal') return [];
    const datas = atPath(source, told.call, renderer) ?? [];
    const callees = addressesAt(format.callee, datas.length, told.call, renderer) ?? [];
    const [amount] = format.amount === undefined ? [0n] : (atPath(format.amount, told.call, renderer) ?? []);
    return datas.map((data, n) => {
      const at = `${place}${n + 1}>`;
      const call = { to: callees[n] ?? '', value: typeof amount === 'bigint' ? amount : 0n, data: String(data) };
      if (n < MAX_CALLS && renderer.pinned.has(call.to))
        return readingOf(treeOf(call, renderer.tokens), renderer, at, depth + 1);
      const why = 'nothing here explains the call in this argument: it stands raw below';
      return { ...NOTHING, unsaid: [{ place: at, address: call.to, file: '', why }] };
    });
  });
};

const saidBy = (
  descriptor: Descriptor,
  node: CallNode,
  renderer: Renderer,
  place: string,
  depth: number,
): ClearReading => {
  const { file, hash, owner, contractName } = descriptor;
  const unsaid = (why: string): ClearReading => ({ ...NOTHING, unsaid: [{ place, address: node.to, file, why }] });
  if (node.content.kind === 'refused') return unsaid(`the call ${causeText(node.content.cause)}`);
  const selector = node.data.slice(0, 10);
  const words = descriptor.functions.get(selector);
  if (words === undefined) return unsaid(`it has no words for the function with selector ${selector}`);
  if (words.outside !== undefined)
    return unsaid(`${words.function.signature}: ${words.outside}, which is not rendered here`);
  const decoded = decodeCall(words.function, getBytes(node.data));
  if (decoded.kind !== 'decoded') return unsaid(`the call ${causeText(decoded.cause)}`);
  const call = { to: node.to, value: node.value, values: decoded.values };
  const told: Told = { descriptor, words, node, call, around: renderer };
  const against = contradictions(told);
  if (against.length > 0)
    return {
      ...NOTHING,
      stops: against.map((what) => ({
        code: 'DESCRIPTOR_MISMATCH',
        file,
        address: node.to,
        message: `${file}: ${what}`,
      })),
    };
  const lines = linesOf(
    words.fields.filter(({ visible }) => visible === 'shown'),
    told,
  );
  if (lines === undefined) return unsaid('a field of it leads to an element that the call lacks');
  const own: TheirWords = {
    ...{ place, address: node.to, file, hash, owner, contractName },
    intent: intentOf(told),
    lines,
    uncovered: uncoveredIn(words, call),
    odd: oddWordsText(literalsOf(told).join('\n')),
  };
  return joined([{ ...NOTHING, words: [own] }, ...withinOf(told, renderer, place, depth)]);
};

const readingOf = (tree: CallNode, renderer: Renderer, prefix: string, depth: number): ClearReading =>
  joined(
    allCalls(tree)
      .filter(({ data }) => data !== '0x')
      .map((node) => {
        const pinned = renderer.pinned.get(node.to);
        if (pinned === undefined) return NOTHING;
        if (pinned.kind === 'stopped') return { ...NOTHING, stops: [pinned.stop] };
        return saidBy(pinned.descriptor, node, renderer, `${prefix}${node.place}`, depth);
      }),
  );

/** What the pinned descriptors say of a call and of those within it. Pure: whatever they hold, it says so and throws nothing. */
export const clearReading = (tree: CallNode, around: Surroundings, pinned: PinnedDescriptors): ClearReading => {
  const { words, unsaid, stops } = readingOf(tree, { ...around, pinned }, '', 0);
  const seen = new Set<string>();
  const once = stops.filter(({ file, message }) => !seen.has(`${file}\n${message}`) && seen.add(`${file}\n${message}`));
  return { words, unsaid, stops: once };
};
