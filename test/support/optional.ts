const told = new Set<string>();

/** The package itself is not there; one that it needs in turn would be a broken installation. */
const isAbsent = (error: unknown, name: string): boolean =>
  error instanceof Error &&
  'code' in error &&
  error.code === 'ERR_MODULE_NOT_FOUND' &&
  error.message.includes(`'${name}'`);

/**
 * A package that is heavy and optional in package.json; undefined where it is not installed, which is said once, loudly. What it exports is
 * not typed: types must not need it either.
 */
export const optional = async (
  name: string,
  load: (name: string) => Promise<unknown> = (each) => import(each),
): Promise<unknown> => {
  try {
    return await load(name);
  } catch (error) {
    if (!isAbsent(error, name)) throw error;
    if (!told.has(name)) console.warn(`SKIPPED: tests with ${name} (the optional package is not installed)`);
    told.add(name);
    return undefined;
  }
};
