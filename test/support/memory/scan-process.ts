import { text } from 'node:stream/consumers';
import { scanMemory } from './scan.ts';

/** A process that scans another: it is told pid and secrets over its input, and prints what it found. */
const { pid, sought } = JSON.parse(await text(process.stdin)) as {
  pid: number;
  sought: { name: string; hex: string }[];
};
const found = scanMemory(
  pid,
  sought.map(({ name, hex }) => ({ name, bytes: Buffer.from(hex, 'hex') })),
);
process.stdout.write(JSON.stringify([...found]));
