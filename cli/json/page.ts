import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { FAILURE, RESULTS } from './results.ts';

const FILE = fileURLToPath(new URL('../../docs/json.md', import.meta.url));

/** Of JSON Schema, what zod writes of the shapes of cli/json. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly description?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

const schemaOf = (shape: z.ZodType): Schema => z.toJSONSchema(shape) as Schema;

const isEmpty = (schema: Schema): boolean => Object.keys(schema).every((key) => key === 'description');

const objectText = ({ properties = {}, required = [], additionalProperties }: Schema, indent: string): string => {
  const members = Object.entries(properties).map(([name, member]) => {
    const key = /^[A-Za-z]\w*$/.test(name) ? name : JSON.stringify(name);
    const note = member.description === undefined ? '' : ` // ${member.description}`;
    return `${indent}  ${key}${required.includes(name) ? '' : '?'}: ${typeText(member, `${indent}  `)};${note}`;
  });
  const more =
    typeof additionalProperties === 'object' && isEmpty(additionalProperties) ? [`${indent}  // and more`] : [];
  return `{\n${[...members, ...more].join('\n')}\n${indent}}`;
};

/** A type as TypeScript writes it. */
const typeText = (schema: Schema, indent = ''): string => {
  if (schema.$ref !== undefined) return schema.$ref.replace('#/$defs/', '');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.anyOf !== undefined) return schema.anyOf.map((one) => typeText(one, indent)).join(' | ');
  if (typeof schema.type === 'object') return schema.type.join(' | ');
  switch (schema.type) {
    case 'array': {
      const item = typeText(schema.items ?? {}, indent);
      return item.includes(' | ') && !item.startsWith('{') ? `(${item})[]` : `${item}[]`;
    }
    case 'object': {
      const { properties, additionalProperties } = schema;
      if (properties === undefined && typeof additionalProperties === 'object')
        return `Record<string, ${typeText(additionalProperties, indent)}>`;
      return objectText(schema, indent);
    }
    case 'integer':
      return 'number';
    default:
      return schema.type ?? 'unknown';
  }
};

const block = (text: string): string => `\`\`\`ts\n${text}\n\`\`\``;

/** Each of several shapes by itself, under what tells it apart. */
const blocksOf = (schema: Schema): readonly string[] =>
  (schema.anyOf ?? [schema]).flatMap((one) => [
    ...(one.description === undefined || schema.anyOf === undefined
      ? []
      : [`${one.description.charAt(0).toUpperCase()}${one.description.slice(1)}:`]),
    block(typeText(one)),
  ]);

export const jsonPage = (): string => {
  const shapes = Object.entries(RESULTS).map(([name, shape]) => ({ name, schema: schemaOf(shape) }));
  const named = Object.assign({}, ...shapes.map(({ schema }) => schema.$defs ?? {})) as Record<string, Schema>;
  const sections = shapes.map(({ name, schema }) =>
    [
      `## ${name}`,
      ...(schema.description === undefined || schema.anyOf !== undefined ? [] : [`It is ${schema.description}.`]),
      ...blocksOf(schema),
    ].join('\n\n'),
  );
  const types = Object.entries(named)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([name, schema]) =>
        `${schema.description === undefined ? '' : `// ${schema.description}\n`}type ${name} = ${typeText(schema)};`,
    );
  return `# What commands print with --json

Made from \`cli/json\` by \`npm run json:page -- --write\`. Tests judge by the same shapes whatever a command prints
(\`test/support/cli/judge.ts\`). A member is added at times, so a program passes over what it does not know. None is renamed or taken away without a
line in the changelog.

With \`--json\` a command prints one object on standard output, and nothing else there. Its exit code is as without: 0 done, 1 refused or failed,
2 usage. A number that may be large is a decimal string. A time is a text in UTC. Text of requests and of other people is escaped where a
terminal could be misled by it.

Whatever is refused or fails prints:

${block(typeText(schemaOf(FAILURE)))}

The command cancel prints what request prints.

${sections.join('\n\n')}

## Types

${block(types.join('\n\n'))}
`;
};

if (import.meta.main) {
  if (process.argv.includes('--write')) writeFileSync(FILE, jsonPage());
  else process.stdout.write(jsonPage());
}
