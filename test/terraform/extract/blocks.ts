import type { Attribute, Block, BlockType } from '../plugin/schema.ts';
import { type Documented, getters, readSources, type Settable, type Sources, settables } from './sources.ts';
import { readType, settableType, structClass } from './types.ts';

export interface Extracted {
  readonly kind: 'resource' | 'data' | 'provider';
  readonly type: string;
  /** Of the provider that the package was generated from. */
  readonly version: string;
  readonly block: Block;
}

const KINDS = { TerraformResource: 'resource', TerraformDataSource: 'data', TerraformProvider: 'provider' } as const;

interface Around {
  readonly sources: Sources;
  readonly members: readonly Settable[];
  /** The class that has the getters. */
  readonly code: string;
  readonly documentation: ReadonlyMap<string, Documented>;
  readonly top: boolean;
}

const nestedType = (sources: Sources, member: Settable & { struct: string }, required: boolean): BlockType => {
  const name = structClass(member.struct);
  const members = sources.structs.get(member.struct);
  if (members === undefined) throw new Error(`no struct ${member.struct}`);
  const inner = blockOf({
    sources,
    members,
    code: sources.classes.get(`${name}OutputReference`)?.body ?? '',
    documentation: sources.interfaces.get(name) ?? new Map(),
    top: false,
  });
  if (member.kind === 'struct') return { nesting_mode: 'single', block: inner };
  return {
    nesting_mode: member.kind === 'set' ? 'set' : 'list',
    ...(required ? { min_items: 1 } : {}),
    ...(member.many ? {} : { max_items: 1 }),
    block: inner,
  };
};

const blockOf = ({ sources, members, code, documentation, top }: Around): Block => {
  const read = new Map(getters(code).map((getter) => [getter.name, getter]));
  const attributes: Record<string, Attribute> = {};
  const nested: Record<string, BlockType> = {};
  for (const member of members) {
    const said = documentation.get(member.name);
    const required = said?.required === true;
    const { struct } = member;
    if (struct !== undefined && (said?.block ?? member.isBlock)) {
      nested[member.name] = nestedType(sources, { ...member, struct }, required);
      continue;
    }
    const computed = !required && (read.get(member.name)?.computed === true || (top && member.name === 'id'));
    attributes[member.name] = {
      type: JSON.parse(JSON.stringify(settableType(sources, member))),
      ...(required ? { required } : { optional: true }),
      ...(computed ? { computed } : {}),
      ...(said?.values === undefined ? {} : { values: [...said.values] }),
    };
  }
  for (const getter of read.values())
    if (getter.computed && !getter.settable && !(getter.name in attributes) && !(getter.name in nested))
      attributes[getter.name] = {
        type: JSON.parse(JSON.stringify(readType(sources, getter.expression))),
        computed: true,
      };
  return { attributes, block_types: nested };
};

/** What one folder `lib/<resource>` of a generated @cdktf/provider-… package defines. Throws on a shape it does not understand. */
export const extractFolder = (folder: string): readonly Extracted[] => {
  const sources = readSources(folder);
  return [...sources.classes].flatMap(([name, { base, body }]): Extracted[] => {
    const kind = Object.entries(KINDS).find(([known]) => known === base)?.[1];
    const type = /terraformResourceType: '(\w+)'/.exec(body)?.[1];
    const version = /providerVersion: '([^']+)'/.exec(body)?.[1];
    if (kind === undefined || type === undefined || version === undefined) return [];
    const [getterCode = '', hclCode = ''] = body.split('synthesizeHclAttributes() {');
    const documentation = sources.interfaces.get(`${name}Config`) ?? new Map();
    const code = getterCode.split('synthesizeAttributes()')[0] ?? '';
    return [
      { kind, type, version, block: blockOf({ sources, members: settables(hclCode), code, documentation, top: true }) },
    ];
  });
};
