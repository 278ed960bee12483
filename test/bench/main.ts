import { parseArgs } from 'node:util';

const USAGE = `npm run bench -- exactly-once [--requests 200] [--rates 0,1,5,20] [--seed N] [--json]
npm run bench -- overhead [--requests 50] [--json]`;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const wholeNumber = (text: string, name: string): number => {
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new RangeError(`--${name}: a whole number is needed\n${USAGE}`);
  return Number(text);
};

const ratesOf = (text: string): readonly number[] =>
  text.split(',').map((each) => {
    const percent = Number(each);
    if (each === '' || !(percent >= 0 && percent <= 50))
      throw new RangeError(`--rates: per cent from 0 to 50\n${USAGE}`);
    return percent / 100;
  });

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    requests: { type: 'string' },
    rates: { type: 'string', default: '0,1,5,20' },
    seed: { type: 'string', default: '20260901' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

const { json } = values;
const [what] = positionals;
if (values.help) say(USAGE);
else if (what === 'exactly-once') {
  const { exactlyOnce } = await import('./exactly-once.ts');
  const options = {
    requests: wholeNumber(values.requests ?? '200', 'requests'),
    rates: ratesOf(values.rates),
    seed: wholeNumber(values.seed, 'seed'),
    json,
  };
  process.exitCode = (await exactlyOnce(options, say)) ? 0 : 1;
} else if (what === 'overhead') {
  const { overhead } = await import('./overhead.ts');
  process.exitCode = (await overhead({ requests: wholeNumber(values.requests ?? '50', 'requests'), json }, say))
    ? 0
    : 1;
} else {
  process.stderr.write(`${USAGE}\n`);
  process.exitCode = 2;
}
