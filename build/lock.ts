import { z } from 'zod';

/**
 * package-lock.json of one function: the part of the project's own lock that its one external dependency needs. So the cloud installs
 * exactly what was tested here, and nothing chooses versions on the way (lockfileVersion 3,
 * https://docs.npmjs.com/cli/configuring-npm/package-lock-json).
 */
const packageSchema = z.looseObject({
  version: z.string().optional(),
  integrity: z.string().optional(),
  dependencies: z.record(z.string(), z.string()).optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
  peerDependencies: z.record(z.string(), z.string()).optional(),
  peerDependenciesMeta: z.record(z.string(), z.looseObject({ optional: z.boolean().optional() })).optional(),
  hasInstallScript: z.boolean().optional(),
  link: z.boolean().optional(),
});
const lockSchema = z.object({ lockfileVersion: z.literal(3), packages: z.record(z.string(), packageSchema) });

type Locked = z.infer<typeof packageSchema>;
type Packages = Readonly<Record<string, Locked>>;

/** Where `name` is found from the package at `from`: the nearest node_modules upwards, as Node looks. */
export const resolvedFrom = (packages: Packages, from: string, name: string): string | undefined => {
  const places: string[] = [];
  for (
    let at = from;
    at !== '';
    at = at.includes('/node_modules/') ? at.slice(0, at.lastIndexOf('/node_modules/')) : ''
  )
    places.push(`${at}/node_modules/${name}`);
  return [...places, `node_modules/${name}`].find((place) => place in packages);
};

const neededBy = (locked: Locked): readonly { readonly name: string; readonly optional: boolean }[] => [
  ...Object.keys(locked.dependencies ?? {}).map((name) => ({
    name,
    optional: name in (locked.optionalDependencies ?? {}),
  })),
  ...Object.keys(locked.optionalDependencies ?? {}).map((name) => ({ name, optional: true })),
  ...Object.keys(locked.peerDependencies ?? {}).map((name) => ({
    name,
    optional: locked.peerDependenciesMeta?.[name]?.optional === true,
  })),
];

/** How a package is marked in the whole project says nothing about this part of it. `resolved` may name a mirror of whoever installed. */
const FLAGS = ['dev', 'devOptional', 'optional', 'peer', 'resolved'];

/**
 * The lock of a package `name` that depends on `dependencies`, each at the version of `lock`. Throws where one is missing, has no
 * integrity, or would run a script when it is installed.
 */
export const lockFor = (lock: unknown, name: string, dependencies: readonly string[]) => {
  const { packages } = lockSchema.parse(lock);
  const found = new Map<string, Locked>();
  const waiting = dependencies.map((dependency) => ({ from: '', name: dependency, optional: false }));
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const place = resolvedFrom(packages, next.from, next.name);
    const locked = place === undefined ? undefined : packages[place];
    if (place === undefined || locked === undefined) {
      if (next.optional) continue;
      throw new Error(`${next.name}, which ${next.from || name} needs, is not in package-lock.json`);
    }
    if (found.has(place)) continue;
    if (locked.integrity === undefined || locked.link === true)
      throw new Error(`${place} has no integrity in package-lock.json`);
    if (locked.hasInstallScript === true) throw new Error(`${place} would run a script when it is installed`);
    found.set(place, locked);
    waiting.push(...neededBy(locked).map((need) => ({ from: place, ...need })));
  }
  const root = Object.fromEntries(dependencies.map((one) => [one, found.get(`node_modules/${one}`)?.version ?? '']));
  const sorted = [...found].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    name,
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { name, dependencies: root },
      ...Object.fromEntries(
        sorted.map(([place, locked]) => [
          place,
          Object.fromEntries(Object.entries(locked).filter(([key]) => !FLAGS.includes(key))),
        ]),
      ),
    },
  };
};
