/** Names that never leave this machine, as a parsed url has them. Another name may resolve to anywhere. */
const LOOPBACK = /^(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])$/;

/** Whether the host of a url is this machine. `hostname`: that of a URL object. */
export const isLoopback = (hostname: string): boolean => LOOPBACK.test(hostname);
