import { readFileSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import { IMAGE_BUNDLE } from './build.ts';
import { BUILTIN } from './builtins.ts';

/** The list under review. An auditor of the attested image reads these files; nothing else of this repository decides in it. */
const LIST = new URL('../workload/image-files.txt', import.meta.url);

const packageOf = (path: string): string | undefined =>
  /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];

/** What the measured bundle is made of: our source files, then the packages, each sorted, one a line. */
export const imageFiles = async (): Promise<string> => {
  const { metafile } = await build({ ...IMAGE_BUNDLE, outfile: 'main.mjs', write: false, metafile: true });
  const inputs = Object.keys(metafile.inputs).filter((path) => !path.startsWith(BUILTIN));
  const own = inputs.filter((path) => packageOf(path) === undefined).toSorted();
  const packages = new Set(inputs.flatMap((path) => packageOf(path) ?? []));
  return [...own, ...[...packages].toSorted().map((name) => `package ${name}`), ''].join('\n');
};

export const reviewedImageFiles = (): string => readFileSync(LIST, 'utf8');

if (import.meta.main) {
  const files = await imageFiles();
  if (process.argv.includes('--write')) writeFileSync(LIST, files);
  process.stdout.write(files);
}
