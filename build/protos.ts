import { protobuf } from 'google-gax';

/** Full name of a service: those of its methods that we call. */
export type Called = Readonly<Record<string, readonly string[]>>;

/** A description of protos as protobuf.js writes it: a namespace, service, message, enum or extension, with what lies within. */
export interface Protos {
  readonly nested?: Readonly<Record<string, Protos>>;
  readonly methods?: Readonly<Record<string, unknown>>;
  readonly fields?: object;
  readonly values?: object;
  readonly extend?: string;
}

/** Full names of all messages and enums that these calls can carry, both ways, and of those that a client looks up besides. */
const carriedBy = (protos: Protos, called: Called, besides: readonly string[]): ReadonlySet<string> => {
  const root = protobuf.Root.fromJSON(protos as protobuf.INamespace).resolveAll();
  const found = new Set<string>();
  const visit = (one: protobuf.Type | protobuf.Enum | null): void => {
    if (one === null || found.has(one.fullName)) return;
    found.add(one.fullName);
    if (one instanceof protobuf.Type) for (const { resolvedType } of one.fieldsArray) visit(resolvedType);
  };
  for (const [service, methods] of Object.entries(called))
    for (const name of methods) {
      const method = root.lookupService(service).methods[name];
      if (method === undefined) throw new Error(`${service} has no method ${name}`);
      visit(method.resolvedRequestType);
      visit(method.resolvedResponseType);
    }
  for (const name of besides) visit(root.lookupType(name));
  return found;
};

/** Only these keys, in the order in which they stand. */
const pick = <T>(all: Readonly<Record<string, T>>, keys: readonly string[]): Record<string, T> =>
  Object.fromEntries(Object.entries(all).filter(([key]) => keys.includes(key)));

/**
 * The same description with these services alone, of them these methods, and what those can carry. Of what stays nothing is changed, so the bytes on
 * the wire are the same (test/contract/pruned-protos.test.ts). A service without methods stays as a name: clients look it up. `besides`: messages
 * that a client looks up when it is made, though no call of ours carries them.
 */
export const prunedProtos = (protos: Protos, called: Called, besides: readonly string[] = []): Protos => {
  const carried = carriedBy(protos, called, besides);
  const part = (node: Protos, path: string): Protos | undefined => {
    if (node.methods !== undefined) {
      const methods = called[path.slice(1)];
      return methods === undefined ? undefined : { ...node, methods: pick(node.methods, methods) };
    }
    if (node.values !== undefined) return carried.has(path) ? node : undefined;
    // It extends descriptors, which no call carries.
    if (node.extend !== undefined) return undefined;
    const { nested: inside = {}, ...own } = node;
    const kept = Object.entries(inside).flatMap(([name, child]) => {
      const found = part(child, `${path}.${name}`);
      return found === undefined ? [] : [[name, found] as const];
    });
    const nested = kept.length === 0 ? {} : { nested: Object.fromEntries(kept) };
    if (node.fields !== undefined && carried.has(path)) return { ...own, ...nested };
    if (kept.length === 0) return undefined;
    // A message that no call carries may be the home of one that a call does.
    return { ...own, ...(node.fields === undefined ? {} : { fields: {}, oneofs: {} }), ...nested };
  };
  return part(protos, '') ?? {};
};
