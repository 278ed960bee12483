import { readFileSync, writeFileSync } from 'node:fs';
import { type BuildOptions, build } from 'esbuild';
import { IMAGE_BUNDLE, SIGNER_BUNDLE } from './build.ts';
import { BUILTIN } from './builtins.ts';

/** The list under review. An auditor of the attested image reads these files; nothing else of this repository decides in it. */
const LIST = new URL('../workload/image-files.txt', import.meta.url);

const packageOf = (path: string): string | undefined =>
  /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];

/** Our source files, then the packages, each sorted, one a line. */
const linesOf = (inputs: readonly string[]): readonly string[] => {
  const own = inputs.filter((path) => packageOf(path) === undefined).toSorted();
  const packages = new Set(inputs.flatMap((path) => packageOf(path) ?? []));
  return [...own, ...[...packages].toSorted().map((name) => `package ${name}`)];
};

/** What the measured bundles are made of. What the one that signs has in it stands again below, by itself. */
export const imageFiles = async (): Promise<string> => {
  const inputsOf = async (bundle: BuildOptions): Promise<readonly string[]> =>
    Object.keys((await build({ ...bundle, outfile: 'one.mjs', write: false, metafile: true })).metafile.inputs).filter(
      (path) => !path.startsWith(BUILTIN),
    );
  const [image, signer] = await Promise.all([inputsOf(IMAGE_BUNDLE), inputsOf(SIGNER_BUNDLE)]);
  return [...linesOf([...new Set([...image, ...signer])]), '', 'in signer.mjs:', ...linesOf(signer), ''].join('\n');
};

export const reviewedImageFiles = (): string => readFileSync(LIST, 'utf8');

if (import.meta.main) {
  const files = await imageFiles();
  if (process.argv.includes('--write')) writeFileSync(LIST, files);
  process.stdout.write(files);
}
