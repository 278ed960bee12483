import { readdir } from 'node:fs/promises';
import { own } from '#cli/clear/bounded-json.ts';
import type { Descriptor } from '#cli/clear/descriptor.ts';
import { DESCRIPTOR_FOLDER, descriptorFolder, readDescriptor, readPin } from '#cli/clear/pinned.ts';
import { oddWordsText } from '#cli/request/mixed-letters.ts';
import { CODES, isKeyturnError } from '#schemas/codes.ts';
import type { ChainLaw, Law } from '#schemas/config.ts';
import { descriptorFile } from '#schemas/descriptor-pins.ts';
import { type Finding, type Found, ok, unchecked, warned, wrong } from './finding.ts';

/** Files of the folder that are looked at beside those that are pinned. */
const MOST_UNPINNED = 64;

/** What a co-signer should know of a descriptor before the law that pins it is accepted. */
const aboutOne = (descriptor: Descriptor, chain: ChainLaw, address: string): readonly Found[] => {
  const { file, functions, token } = descriptor;
  const at = `${file}, for ${address} on chain ${chain.chainId}`;
  const named = chain.tokens.find((one) => one.address === address);
  const outside = [...functions.values()].filter((one) => one.outside !== undefined);
  const odd = oddWordsText(
    [descriptor.owner, descriptor.contractName, ...[...functions.values()].map(({ intent }) => intent)].join('\n'),
  );
  return [
    ok(`${at}: words for ${functions.size - outside.length} of its ${functions.size} functions`),
    ...outside.map(({ function: { signature }, outside: why }) =>
      warned(
        `${at}: ${signature} is shown raw, since ${why}`,
        'Calls of it have no words but ours. docs/clear-signing.md names the subset.',
      ),
    ),
    ...(odd === undefined ? [] : [warned(`${at}: ${odd}`, 'Look at these words closely before you accept the law.')]),
    ...(token !== undefined &&
    named !== undefined &&
    (token.ticker !== named.symbol || token.decimals !== named.decimals)
      ? [
          wrong(
            `${at}: calls the token ${token.ticker} with ${token.decimals} decimals, and the law ${named.symbol} with ${named.decimals}`,
            'Find out which is right. Until they agree, no call of it can be approved.',
          ),
        ]
      : []),
  ];
};

const pinFindings = async (folder: string, chain: ChainLaw): Promise<readonly Found[]> => {
  const found = (chain.descriptors ?? []).map(async (pin): Promise<readonly Found[]> => {
    const read = await readPin(folder, chain.chainId, pin);
    if (read.kind === 'descriptor') return aboutOne(read.descriptor, chain, pin.address);
    const { code, message, address } = read.stop;
    return [wrong(`${message} (${code}; for ${address} on chain ${chain.chainId})`, CODES[code].advice)];
  });
  return (await Promise.all(found)).flat();
};

const namesIn = async (folder: string): Promise<readonly string[]> => {
  try {
    return (await readdir(folder)).filter((name) => descriptorFile(name) === undefined).toSorted();
  } catch {
    // There need be none.
    return [];
  }
};

/** The hash to be pinned is told, so that nobody needs another tool for it. A file without a context is there to be included. */
const unpinnedFindings = async (folder: string, law: Law): Promise<readonly Found[]> => {
  const pinned = new Set(law.chains.flatMap(({ descriptors = [] }) => descriptors.map(({ file }) => file)));
  const names = (await namesIn(folder)).filter((name) => !pinned.has(name)).slice(0, MOST_UNPINNED);
  const found = names.map(async (name): Promise<readonly Found[]> => {
    try {
      const { whole, hash } = await readDescriptor(folder, name);
      if (own(whole, 'context') === undefined) return [];
      return [unchecked(`${name} is not pinned, so nobody is shown its words; its hash is ${hash}`)];
    } catch (error) {
      if (!isKeyturnError(error)) throw error;
      return [warned(`${error.message} (${error.code})`, 'It is not pinned. Remove it, or correct it.')];
    }
  });
  return (await Promise.all(found)).flat();
};

/** The files in the folder `descriptors` beside the law, and what the law pins. `lawFile`: where the law stands. */
export const descriptorFindings = async (lawFile: string, law: Law): Promise<readonly Finding[]> => {
  const folder = descriptorFolder(lawFile);
  const found = [
    ...(await Promise.all(law.chains.map((chain) => pinFindings(folder, chain)))).flat(),
    ...(await unpinnedFindings(folder, law)),
  ];
  return found.map((one) => ({ area: DESCRIPTOR_FOLDER, ...one }));
};
