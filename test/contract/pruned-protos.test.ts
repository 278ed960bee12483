import { readFileSync } from 'node:fs';
import { protobuf } from 'google-gax';
import { expect, test } from 'vitest';
import { CALLED, LOOKED_UP } from '../../build/narrow.ts';
import { type Protos, prunedProtos } from '../../build/protos.ts';

/** What our bundles know of Google's messages must say the same as what Google's packages know: byte for byte, both ways. */
const NUMBERS: Readonly<Record<string, unknown>> = {
  bool: true,
  string: 'é"\u0001',
  bytes: Buffer.from([0, 255, 7]).toString('base64'),
  float: -0.5,
  double: 1e300,
  uint64: '18446744073709551615',
  int64: '-9223372036854775808',
};

/** A value with every field set, down to where messages repeat within themselves. */
const filled = (type: protobuf.Type, within: readonly string[] = []): Record<string, unknown> =>
  Object.fromEntries(
    type.fieldsArray.flatMap((field) => {
      const one = valueFor(field.resolve(), [...within, type.fullName]);
      if (one === undefined) return [];
      if (field.map) return [[field.name, { [field.id % 2 === 0 ? 'a' : 'b']: one }]];
      return [[field.name, field.repeated ? [one, one] : one]];
    }),
  );

const valueFor = ({ type, id, resolvedType }: protobuf.Field, within: readonly string[]): unknown => {
  if (resolvedType instanceof protobuf.Enum) return Math.max(...Object.values(resolvedType.values));
  if (resolvedType === null) return NUMBERS[type] ?? id;
  const depth = within.filter((name) => name === resolvedType.fullName).length;
  return depth > 1 || within.length > 6 ? undefined : filled(resolvedType, within);
};

const rootOf = (protos: Protos): protobuf.Root => {
  const root = protobuf.Root.fromJSON(protos as protobuf.INamespace);
  root.resolveAll();
  return root;
};

const bytesOf = (type: protobuf.Type, value: Record<string, unknown>): string =>
  Buffer.from(type.encode(type.fromObject(value)).finish()).toString('hex');

const read = (type: protobuf.Type, hex: string): unknown =>
  type.toObject(type.decode(Buffer.from(hex, 'hex')), { longs: String, bytes: String, defaults: true, oneofs: true });

const wholeOf = (file: string): Protos => JSON.parse(readFileSync(`node_modules/${file}`, 'utf8')) as Protos;

const FILES = Object.entries(CALLED).map(([file, called]) => {
  const pruned = prunedProtos(wholeOf(file), called, LOOKED_UP[file]);
  return { file, called, pruned, roots: { whole: rootOf(wholeOf(file)), pruned: rootOf(pruned) } };
});

test.each(FILES)('$file, pruned, holds no method that is not called', ({ file, called, pruned, roots }) => {
  expect(prunedProtos(pruned, called, LOOKED_UP[file])).toEqual(pruned);
  const services = new Map<string, readonly string[]>();
  const look = (one: protobuf.ReflectionObject): void => {
    if (one instanceof protobuf.Service) services.set(one.fullName.slice(1), Object.keys(one.methods).toSorted());
    else if (one instanceof protobuf.Namespace) one.nestedArray.forEach(look);
  };
  look(roots.pruned);
  expect(Object.fromEntries(services)).toEqual(called);
});

const CALLS = FILES.flatMap(({ called, roots }) =>
  Object.entries(called).flatMap(([service, methods]) =>
    methods.map((method) => ({
      name: `${service}.${method}`,
      whole: roots.whole.lookupService(service).methods[method],
      pruned: roots.pruned.lookupService(service).methods[method],
    })),
  ),
);

test.each(CALLS)('$name has the same bytes pruned and whole', ({ name, whole, pruned }) => {
  if (whole === undefined || pruned === undefined) throw new Error(`${name} is missing`);
  // Where a call goes over REST: its path, its query and its body are told from these.
  expect(pruned.parsedOptions).toEqual(whole.parsedOptions);
  const pairs = [
    [whole.resolvedRequestType, pruned.resolvedRequestType],
    [whole.resolvedResponseType, pruned.resolvedResponseType],
  ] as const;
  for (const [all, part] of pairs) {
    if (all === null || part === null) throw new Error(`${name} is not resolved`);
    const value = filled(all);
    expect(filled(part)).toEqual(value);
    const bytes = bytesOf(all, value);
    expect(bytesOf(part, value)).toBe(bytes);
    expect(bytes.length).toBeGreaterThan(all.fieldsArray.length);
    expect(read(part, bytes)).toEqual(read(all, bytes));
  }
});

test('a call that the package does not describe is refused', () => {
  const file = '@google-cloud/pubsub-api/build/protos/protos.json';
  expect(() => prunedProtos(wholeOf(file), { 'google.pubsub.v1.Publisher': ['Shout'] })).toThrow(
    'google.pubsub.v1.Publisher has no method Shout',
  );
});
