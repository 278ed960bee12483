import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Every type of resource and data source of the google provider that terraform/ names, sorted. */
export const usedTypes = (): { readonly resources: readonly string[]; readonly dataSources: readonly string[] } => {
  const text = globSync('terraform/**/*.{tf,hcl}', { cwd: ROOT })
    .map((path) => readFileSync(`${ROOT}${path}`, 'utf8'))
    .join('\n');
  const named = (keywords: string): readonly string[] =>
    [
      ...new Set(
        [...text.matchAll(new RegExp(`^\\s*(?:${keywords}) "(google_\\w+)"`, 'gm'))].map(([, type = '']) => type),
      ),
    ].sort();
  return { resources: named('resource|mock_resource'), dataSources: named('data|mock_data') };
};
