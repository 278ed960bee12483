import { readFileSync } from 'node:fs';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { IMAGE_BUNDLE } from '../../../build/build.ts';
import { billOfMaterials, bundledPackages } from '../../../build/sbom.ts';

const ROOT = new URL('../../../', import.meta.url).pathname;

const bom = z.object({
  metadata: z.object({ component: z.object({ name: z.string() }) }),
  components: z.array(
    z.object({
      purl: z.string(),
      'bom-ref': z.string(),
      licenses: z.array(z.unknown()).min(1),
      hashes: z.array(z.object({ alg: z.literal('SHA-512'), content: z.string().length(128) })).length(1),
    }),
  ),
});

test('the bill of materials of the image is CycloneDX, and names each package that left bytes in it', async () => {
  const { metafile } = await build({ ...IMAGE_BUNDLE, outfile: 'main.mjs', write: false, metafile: true });
  const text = billOfMaterials(ROOT, 'image', metafile);
  expect(await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text)).toBeNull();
  const { metadata, components } = bom.parse(JSON.parse(text));
  expect(metadata.component.name).toBe('keyturn-image');
  const lock = JSON.parse(readFileSync(`${ROOT}package-lock.json`, 'utf8'));
  const named = bundledPackages(metafile).map((key) => {
    const name = key.slice(key.lastIndexOf('node_modules/') + 'node_modules/'.length);
    return `pkg:npm/${name.replace('@', '%40')}@${lock.packages[key].version}`;
  });
  expect(components.map(({ purl }) => purl).toSorted()).toEqual([...new Set(named)].toSorted());
  expect(named).toContain(`pkg:npm/ethers@${lock.packages['node_modules/ethers'].version}`);
  // Every reference is told from the package: one that is drawn by chance would differ at each build.
  expect(components.map((each) => each['bom-ref'])).toEqual(components.map(({ purl }) => purl));
  expect(billOfMaterials(ROOT, 'image', metafile)).toBe(text);
});
