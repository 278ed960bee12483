import { readFileSync } from 'node:fs';
import { Contrib, Enums, Models, Serialize, Spec } from '@cyclonedx/cyclonedx-library';
import type { Metafile } from 'esbuild';
import { PackageURL } from 'packageurl-js';
import parseLicense from 'spdx-expression-parse';

/**
 * CycloneDX bill of materials of one bundle: the packages of which bytes are in it. Each has its version, its licence and the tarball's
 * hash from the lock file. No serial number and no time: the same sources give the same file (https://cyclonedx.org/docs/1.6/json/).
 */
const { ComponentBuilder } = Contrib.FromNodePackageJson.Builders;
const { ExternalReferenceFactory } = Contrib.FromNodePackageJson.Factories;
const components = new ComponentBuilder(
  new ExternalReferenceFactory(),
  new Contrib.License.Factories.LicenseFactory(parseLicense),
);

interface Lock {
  readonly packages: Readonly<Record<string, { readonly integrity?: string }>>;
}

/** `node_modules/a/node_modules/@b/c` of a file below it: a package's key in the lock file. */
const PACKAGE = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;

/** Keys, in the lock file, of the packages that left bytes in the bundle. */
export const bundledPackages = ({ outputs }: Metafile): readonly string[] => {
  const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  // What a step of the build put in front of a package's file is named for it, after the step.
  const keys = inputs.flatMap(([path, { bytesInOutput }]) =>
    bytesInOutput > 0 ? (PACKAGE.exec(path.replace(/^[a-z-]+:(?:\.\/)?/, '')) ?? []) : [],
  );
  return [...new Set(keys)].toSorted();
};

const componentOf = (root: string, key: string, lock: Lock): Models.Component => {
  const about: unknown = JSON.parse(readFileSync(`${root}${key}/package.json`, 'utf8'));
  const component = components.makeComponent(about as Parameters<typeof components.makeComponent>[0]);
  if (component?.version === undefined) throw new Error(`${key}/package.json has no name or no version`);
  const { group, name, version } = component;
  const purl = new PackageURL('npm', group, name, version, undefined, undefined).toString();
  component.purl = purl;
  component.bomRef.value = purl;
  const [, hash] = /^sha512-(.+)$/.exec(lock.packages[key]?.integrity ?? '') ?? [];
  if (hash === undefined) throw new Error(`the lock file has no SHA-512 of ${key}`);
  component.hashes.set(Enums.HashAlgorithm['SHA-512'], Buffer.from(hash, 'base64').toString('hex'));
  return component;
};

/** `root`: folder of the project, with a slash at the end. */
export const billOfMaterials = (root: string, bundle: string, metafile: Metafile): string => {
  const read = (name: string) => JSON.parse(readFileSync(`${root}${name}`, 'utf8'));
  const lock = read('package-lock.json') as Lock;
  const { version } = read('package.json') as { readonly version: string };
  const main = new Models.Component(Enums.ComponentType.Application, `keyturn-${bundle}`, { version });
  main.bomRef.value = `keyturn-${bundle}`;
  const bom = new Models.Bom({ metadata: new Models.Metadata({ component: main }) });
  // Two copies of one version are one component.
  const found = new Map(
    bundledPackages(metafile).map((key) => {
      const component = componentOf(root, key, lock);
      return [component.purl, component] as const;
    }),
  );
  for (const component of found.values()) {
    bom.components.add(component);
    main.dependencies.add(component.bomRef);
  }
  const normalize = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6);
  return `${new Serialize.JsonSerializer(normalize).serialize(bom, { sortLists: true, space: 2 })}\n`;
};
