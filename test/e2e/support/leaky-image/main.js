// An image that leaks: it prints what its environment holds, as JSON makes it of a typed array.
const bytes = new Uint8Array(Buffer.from(process.env.PLANTED ?? '', 'base64'));
console.log(`planted ${JSON.stringify(bytes)}`);
