import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { combineShares } from '#core/shares/shares.ts';
import { OWNER } from '#local/lab/people.ts';
import { parseShareText } from '#schemas/share-text.ts';
import type { TestLab } from './lab.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Every share of the lab's wallet and the key that they make, in hex. */
export const secretsOf = ({ lab, folder }: TestLab): readonly string[] => {
  const shares = lab.wallet.holders.map(({ coSigner }) =>
    parseShareText(readFileSync(join(folder, 'shares', `${coSigner}.share`))),
  );
  const key = combineShares(
    shares.slice(0, lab.wallet.threshold).map(({ index, scalar }) => ({ index, scalar })),
    lab.wallet.commitments,
  );
  return [...shares.map(({ scalar }) => hex(scalar)), hex(key)];
};

export interface Place {
  readonly where: string;
  readonly text: string;
}

/** Everything that anybody could read: all generations of all objects with their metadata, all messages, all log lines. */
export const everything = ({ lab, seen, lines }: TestLab): readonly Place[] => {
  const { store } = lab.servers;
  const objects = store.listBuckets(OWNER).items.flatMap(({ name: bucket }) =>
    store.list(OWNER, bucket, { versions: true, maxResults: 1000 }).items.map((object): Place => {
      const { bytes } = store.read(OWNER, bucket, object.name, { generation: object.generation });
      return {
        where: `${bucket}/${object.name}`,
        // Also what hides in base64 or as raw bytes would be found.
        text: [object.name, JSON.stringify(object.metadata), bytes.toString('utf8'), hex(bytes)].join('\n'),
      };
    }),
  );
  return [
    ...objects,
    ...seen.map(({ topic, text, attributes }) => ({
      where: `topic ${topic}`,
      text: text + JSON.stringify(attributes),
    })),
    ...lines.map(({ source, text }) => ({ where: `log of ${source}`, text })),
  ];
};

/** Where any of these words stands, upper or lower case, with or without 0x; also base64 of the bytes. */
export const placesOf = (places: readonly Place[], words: readonly string[]): readonly string[] => {
  const forms = words.flatMap((word) => {
    const bare = word.replace(/^0x/, '').toLowerCase();
    return [bare, hex(Buffer.from(bare))];
  });
  const encoded = words.map((word) =>
    Buffer.from(word.replace(/^0x/, ''), 'hex').toString('base64').replace(/=+$/, ''),
  );
  return places
    .filter(
      ({ text }) =>
        forms.some((form) => text.toLowerCase().includes(form)) || encoded.some((form) => text.includes(form)),
    )
    .map(({ where }) => where);
};
