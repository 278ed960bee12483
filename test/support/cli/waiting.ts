import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configOf, LAB, lawJson } from './people.ts';

/** Writes a lab's files into `folder`, whose services answer nobody. Gives the arguments of a command that waits until it is ended. */
export const waitingCommand = (folder: string): readonly string[] => {
  const config = join(folder, 'keyturn.json');
  const token = join(folder, 'token');
  writeFileSync(token, 'a-token');
  const nowhere = 'http://127.0.0.1:1';
  const endpoints = {
    pubsub: { host: '127.0.0.1', port: 1, ca: '' },
    pubsubRest: nowhere,
    storage: nowhere,
    kms: nowhere,
    compute: nowhere,
    sts: nowhere,
  };
  writeFileSync(config, JSON.stringify({ law: lawJson({ endpoints }), operations: configOf().operations }));
  writeFileSync(
    join(folder, 'dev.json'),
    JSON.stringify({ ready: true, ...LAB, pid: process.pid, config, tokens: { ...LAB.tokens, finance: token } }),
  );
  return ['receipts', '--follow', '--subscription', 'lab-receipts-finance', '--config', 'dev.json'];
};
