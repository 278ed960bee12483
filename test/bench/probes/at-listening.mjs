import { Server } from 'node:net';

/** Preloaded into a function: tells its parent what it has used by the time that it listens, on a port of loopback that the system chooses. */
const { listen } = Server.prototype;
Server.prototype.listen = function (...given) {
  Server.prototype.listen = listen;
  this.once('listening', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    process.send?.({ cpu: (userCPUTime + systemCPUTime) / 1000, rss: maxRSS / 1024 });
  });
  for (const each of given) if (typeof each === 'function') this.once('listening', each);
  return listen.call(this, { port: 0, host: '127.0.0.1' });
};
process.on('disconnect', () => process.exit());
