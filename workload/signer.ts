import { serveSession } from '#adapters/signer/serve.ts';

/** The second bundle of the image: a process that opens the shares of one batch, signs, and ends. */
serveSession(process.stdin, process.stdout, (code) => process.exit(code));
