import { keccak256 } from 'ethers';
import { canonicalBytes, type Json } from '#schemas/canonical.ts';
import { descriptorFile } from '#schemas/descriptor-pins.ts';
import { invalid, isObject, type JsonObject, own } from './bounded-json.ts';

/** Files that one descriptor may be made of. */
const MAX_FILES = 6;

/** How a file is had by its name: where it comes from is the caller's matter. Throws what it refuses. */
export type Fetch = (name: string) => Promise<JsonObject>;

const pathOf = (entry: Json): Json | undefined => (isObject(entry) ? entry.path : undefined);

/**
 * Fields of both, as ERC-7730 merges them: those with one path become one, and those that the included file lacks come last. Where a path stands
 * twice in one of the two, nobody can say which is meant.
 */
const mergedFields = (over: readonly Json[], under: readonly Json[], file: string): Json => {
  for (const list of [over, under]) {
    const paths = list.map(pathOf).filter((path) => path !== undefined);
    if (new Set(paths).size !== paths.length) throw invalid(file, 'a path stands twice among the fields to be merged');
  }
  const byPath = new Map(over.flatMap((entry) => (pathOf(entry) === undefined ? [] : [[pathOf(entry), entry]])));
  const known = new Set(under.map(pathOf).filter((path) => path !== undefined));
  return [
    ...under.map((entry) => {
      const path = pathOf(entry);
      const mine = path === undefined ? undefined : byPath.get(path);
      return mine === undefined ? entry : merged(mine, entry, file);
    }),
    ...over.filter((entry) => !known.has(pathOf(entry) ?? '')),
  ];
};

/** The including file is `over`: what both have is as it says. */
const merged = (over: Json, under: Json, file: string, name = ''): Json => {
  if (Array.isArray(over) && Array.isArray(under) && name === 'fields') return mergedFields(over, under, file);
  if (!isObject(over) || !isObject(under)) return over;
  const names = [...new Set([...Object.keys(under), ...Object.keys(over)])];
  return Object.fromEntries(
    names.map((each) => {
      const [mine, theirs] = [own(over, each), own(under, each)];
      if (mine === undefined) return [each, theirs ?? null];
      return [each, theirs === undefined ? mine : merged(mine, theirs, file, each)];
    }),
  );
};

const includedIn = (value: Json | undefined, file: string): string | undefined => {
  if (value === undefined) return undefined;
  const name = typeof value === 'string' && value.startsWith('./') ? value.slice(2) : value;
  if (typeof name === 'string' && descriptorFile(name) === undefined) return name;
  throw invalid(file, 'includes must name one file of the same folder, such as ./erc20.json: no url, no other folder');
};

const resolvedFrom = async (file: string, fetch: Fetch, above: readonly string[]): Promise<JsonObject> => {
  if (above.includes(file)) throw invalid(above[0] ?? file, `includes ${file} within itself`);
  if (above.length >= MAX_FILES) throw invalid(above[0] ?? file, `includes more than ${MAX_FILES - 1} files`);
  const { includes, ...mine } = await fetch(file);
  const name = includedIn(includes, file);
  if (name === undefined) return mine;
  const whole = merged(mine, await resolvedFrom(name, fetch, [...above, file]), file);
  return isObject(whole) ? whole : mine;
};

/** The descriptor with what it includes, and without the member `includes`. Throws DESCRIPTOR_INVALID, and what `fetch` throws. */
export const resolved = (file: string, fetch: Fetch): Promise<JsonObject> => resolvedFrom(file, fetch, []);

/** ERC-8176: keccak256 of the RFC 8785 text of a resolved descriptor, `0x` and 64 hex digits. */
export const descriptorHashOf = (whole: JsonObject): string => keccak256(canonicalBytes(whole));
