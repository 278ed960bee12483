import { readFile, writeFile } from 'node:fs/promises';

/**
 * Letters of Cyrillic, Greek and Armenian that Unicode calls confusable with ASCII (UTS 39, confusables.txt 13.0.0). The package `unhomoglyph` carries
 * that file as `data.json`. To make them again: npm pack unhomoglyph@1.0.6, unpack it, and
 * node test/support/confusables/make-vectors.ts package/data.json --write
 */
export const VECTORS = new URL('../../vectors/confusables.json', import.meta.url);
const SOURCE = 'confusables.txt 13.0.0 of Unicode, by unhomoglyph 1.0.6';
const SCRIPTS = ['Cyrl', 'Grek', 'Armn'];

export interface Confusables {
  readonly source: string;
  /** By code point (hex), what it can be taken for. */
  readonly scripts: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const inScript = (data: Readonly<Record<string, string>>, script: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(data)
      .filter(
        ([from, to]) =>
          [...from].length === 1 && new RegExp(`\\p{sc=${script}}`, 'u').test(from) && /^[A-Za-z0-9]+$/.test(to),
      )
      .map(([from, to]): [string, string] => [(from.codePointAt(0) ?? 0).toString(16).padStart(4, '0'), to])
      .sort(([a], [b]) => Number.parseInt(a, 16) - Number.parseInt(b, 16)),
  );

if (import.meta.main) {
  const data: Record<string, string> = JSON.parse(await readFile(process.argv[2] ?? 'data.json', 'utf8'));
  const made: Confusables = {
    source: SOURCE,
    scripts: Object.fromEntries(SCRIPTS.map((script) => [script, inScript(data, script)])),
  };
  const text = `${JSON.stringify(made, null, 2)}\n`;
  if (process.argv.includes('--write')) await writeFile(VECTORS, text);
  else process.stdout.write(text);
}
