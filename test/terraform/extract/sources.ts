import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One settable member, as the generated `…ToHclTerraform` writes it. */
export interface Settable {
  readonly name: string;
  /** The struct behind it, where it is one. */
  readonly struct: string | undefined;
  readonly many: boolean;
  readonly isBlock: boolean;
  readonly kind: 'simple' | 'list' | 'set' | 'map' | 'struct';
  readonly storage: string;
}

/** One member of a generated interface: what the documentation says of it. */
export interface Documented {
  readonly required: boolean;
  readonly block: boolean;
  readonly values: readonly string[] | undefined;
}

/** One member that the generated comments call computed, optional or required, with the code that reads it. */
export interface Getter {
  readonly name: string;
  readonly computed: boolean;
  readonly settable: boolean;
  readonly expression: string;
}

/** What one folder `lib/<resource>` of a generated package holds. */
export interface Sources {
  readonly structs: ReadonlyMap<string, readonly Settable[]>;
  readonly classes: ReadonlyMap<string, { readonly base: string; readonly body: string }>;
  readonly interfaces: ReadonlyMap<string, ReadonlyMap<string, Documented>>;
}

const textOf = (folder: string, extension: string): string =>
  readdirSync(folder, { withFileTypes: true })
    .map((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return textOf(path, extension);
      return entry.name.endsWith(extension) ? `${readFileSync(path, 'utf8')}\n` : '';
    })
    .join('');

const SETTABLE =
  /^ +"?([A-Za-z0-9_]+)"?: \{\n +value: (.*),\n +isBlock: (true|false),\n +type: "(simple|list|set|map|struct)",\n +storageClassType: "(\w+)",\n +\},?$/gm;
const SCALARS = new Set(['string', 'number', 'boolean', 'any']);

/** Throws where an entry has a shape that is not understood: a member left out would make a wrong schema. */
export const settables = (code: string): readonly Settable[] => {
  const found = [...code.matchAll(SETTABLE)].map(([, name = '', value = '', isBlock, kind, storage = '']): Settable => {
    const mappers = [...value.matchAll(/(\w+?)ToHclTerraform\b/g)].map(([, mapper = '']) => mapper);
    return {
      name,
      struct: mappers.find((mapper) => !SCALARS.has(mapper)),
      many: value.includes('listMapperHcl'),
      isBlock: isBlock === 'true',
      kind: kind === 'list' || kind === 'set' || kind === 'map' || kind === 'struct' ? kind : 'simple',
      storage,
    };
  });
  const entries = code.split('storageClassType:').length - 1;
  if (entries !== found.length) throw new Error(`${entries} members, but only ${found.length} are understood`);
  return found;
};

export const getters = (code: string): readonly Getter[] =>
  [
    ...code.matchAll(
      // The comments of two members may follow each other, so what comes after is only looked at.
      /\/\/ (\w+) - computed: (true|false), optional: (true|false), required: (true|false)\n(?=([^\n]*)(?:\n([^\n]*))?)/g,
    ),
  ].map(([, name = '', computed, optional, required, first = '', second = '']) => ({
    name,
    computed: computed === 'true',
    settable: optional === 'true' || required === 'true',
    expression: /^\s*get /.test(first) ? second : first,
  }));

const documented = (body: string): ReadonlyMap<string, Documented> =>
  new Map(
    [...body.matchAll(/^ {4}\/\*\*([\s\S]*?)\*\/\n {4}readonly \w+(\?)?: /gm)].flatMap(([, comment = '', optional]) => {
      const name = /\{@link \S+#([\w-]+) [\w-]+#([\w-]+)\}/.exec(comment)?.[2];
      if (name === undefined) return [];
      const text = comment
        .replace(/^\s*\* ?/gm, '')
        .replace(/Docs at Terraform Registry:[\s\S]*/, '')
        .trim();
      const list = /Possible values: \[((?:"[^"]*"(?:, )?)+)\]/.exec(text)?.[1];
      const values = list === undefined ? undefined : [...list.matchAll(/"([^"]*)"/g)].map(([, value = '']) => value);
      return [[name, { required: optional === undefined, block: text.replace(/\.$/, '') === `${name} block`, values }]];
    }),
  );

export const readSources = (folder: string): Sources => {
  const code = textOf(folder, '.js');
  const types = textOf(folder, '.d.ts');
  return {
    structs: new Map(
      [...code.matchAll(/^function (\w+)ToHclTerraform\(struct\) \{\n([\s\S]*?)^\}/gm)].map(
        ([, name = '', body = '']) => [name, settables(body)],
      ),
    ),
    classes: new Map(
      [...code.matchAll(/^class (\w+) extends cdktf\.(\w+) \{\n([\s\S]*?)^\}/gm)].map(
        ([, name = '', base = '', body = '']) => [name, { base, body }],
      ),
    ),
    interfaces: new Map(
      [...types.matchAll(/^export (?:declare )?interface (\w+)(?: extends [\w.]+)? \{\n([\s\S]*?)^\}/gm)].map(
        ([, name = '', body = '']) => [name, documented(body)],
      ),
    ),
  };
};
