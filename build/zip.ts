import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

/** A zip of a function: what is uploaded, and the name that says what is in it. */
export interface FunctionZip {
  readonly name: string;
  /** Absolute. */
  readonly file: string;
  readonly sha256: string;
  /** For the source bucket: another content is another object, so that Terraform sees a change and nothing else. */
  readonly object: string;
}

/**
 * The oldest time that a zip can hold, in whatever zone this runs: fflate writes local time. Noon, because some zones left out a midnight.
 */
const longAgo = (): Date => new Date(1980, 0, 1, 12);
const REGULAR_FILE = 0o100_644;

/** The same bytes for the same contents, on any day, in any zone, by anybody. */
export const zipOf = async (files: Readonly<Record<string, Uint8Array>>): Promise<Uint8Array> => {
  const { zipSync } = await import('fflate');
  const names = Object.keys(files).sort();
  return zipSync(Object.fromEntries(names.map((name) => [name, files[name] ?? new Uint8Array()])), {
    level: 9,
    mtime: longAgo(),
    os: 3,
    attrs: REGULAR_FILE << 16,
  });
};

const CONTENTS = ['index.js', 'package-lock.json', 'package.json', 'telemetry.js'];

/** dist/functions/<name>.zip of every function, and dist/functions/zips.json, which Terraform reads. */
export const zipFunctions = async (dist: string, names: readonly string[]): Promise<readonly FunctionZip[]> => {
  const zips: FunctionZip[] = [];
  for (const name of names) {
    const files = Object.fromEntries(
      CONTENTS.map((file) => [file, new Uint8Array(readFileSync(`${dist}/functions/${name}/${file}`))]),
    );
    const bytes = await zipOf(files);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const file = `${dist}/functions/${name}.zip`;
    writeFileSync(file, bytes);
    zips.push({ name, file, sha256, object: `${name}-${sha256}.zip` });
  }
  const described = Object.fromEntries(zips.map(({ name, sha256, object }) => [name, { sha256, object }]));
  writeFileSync(`${dist}/functions/zips.json`, `${JSON.stringify(described, null, 2)}\n`);
  return zips;
};
