import type { Approval, SealItem } from '#core/register/entry.ts';
import type { Limits } from '#core/register/limits.ts';
import type { ListedEntry, RegisterView } from '#core/register/rules.ts';
import type { Code } from '#schemas/codes.ts';
import { time } from './given.ts';
import { requestOf } from './law.ts';
import { PLAIN } from './receipt.ts';

/**
 * The register in rows: requests R1 to R9, each with a reference of its own. Then the entries that hold them, and what one read shows.
 * Times are written out, UTC.
 */
export type Name = 'R1' | 'R2' | 'R3' | 'R4' | 'R5' | 'R6' | 'R7' | 'R8' | 'R9';

/** Not the digest: the rules of the register compare ids and never make them. */
export const idOf = (name: Name): string => name.slice(1).padStart(64, '0');
const isName = (text: unknown): text is Name => typeof text === 'string' && /^R[1-9]$/.test(text);

export interface Asked {
  readonly [field: string]: string;
}

/** The request of that name. `replaces` may be a name too; `reference` is `ref-R1` where no other is given. */
export const asks = (name: Name, fields: Asked = {}) => {
  const { replaces = '', ...others } = fields;
  return requestOf({
    reference: `ref-${name}`,
    ...others,
    ...(replaces === '' ? {} : { replaces: isName(replaces) ? idOf(replaces) : replaces }),
  });
};

/** A request at a nonce, as a seal holds it. */
export const item = (name: Name, nonce: bigint, fields: Asked = {}): SealItem => ({
  id: idOf(name),
  nonce,
  request: asks(name, fields.replaces === undefined ? fields : { nonce: nonce.toString(), ...fields }),
  rungs: [`0x${'1'.repeat(64)}`],
  approvals: [] satisfies Approval[],
  rule: 'any',
  ...PLAIN,
});

/** When entries are created and reads made, where a row does not say otherwise. */
const NOON = time('2030-01-01T12:00:00Z');

type Over = Partial<Omit<ListedEntry, 'entry'>> & { readonly rawHash?: string; readonly lawHash?: string };

const listed = (seq: bigint, { rawHash: _, lawHash: __, ...over }: Over) => ({
  name: `entry-${seq}`,
  generation: '1',
  seq,
  timeCreated: NOON,
  early: true,
  ...over,
});

export const seal = (seq: bigint, items: readonly SealItem[], over: Over = {}): ListedEntry => ({
  ...listed(seq, over),
  entry: {
    kind: 'seal',
    seq,
    items,
    lawHash: over.lawHash ?? 'law',
    checkpoint: null,
    evidence: '',
    rawHash: over.rawHash ?? `hash-${seq}`,
  },
});

export const close = (seq: bigint, names: readonly Name[], over: Over & { readonly code?: Code } = {}): ListedEntry => {
  const { code = 'REJECTED', ...others } = over;
  const items = names.map((name) => ({ id: idOf(name), code, reason: `${name} is closed` }));
  return { ...listed(seq, others), entry: { kind: 'close', items, rawHash: over.rawHash ?? `hash-${seq}` } };
};

export const view = (entries: readonly ListedEntry[], over: Partial<RegisterView> = {}): RegisterView => ({
  entries,
  taken: new Set(entries.map(({ seq }) => seq)),
  at: NOON,
  since: time('2029-12-01T00:00:00Z'),
  ...over,
});

const HOUR = 3_600_000;

/** A validity of at most a day, two hours to complete, entries kept for ten days. */
export const LIMITS: Limits = { maxValidity: 24 * HOUR, slack: 2 * HOUR, retention: 240 * HOUR };
