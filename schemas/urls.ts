import { z } from 'zod';

/**
 * What two spellings of one url have in common. The case of the host, a default port, a bare slash and a fragment do not change who
 * answers. What is no url (`secret:…`) stands for itself.
 */
export const urlKey = (text: string): string => {
  const url = URL.parse(text.trim());
  if (url === null) return text;
  url.hash = '';
  return url.href;
};

/** RPC urls of one chain. One that stands twice would agree with itself about outcomes. */
export const rpcUrls = z
  .array(z.string().min(1))
  .min(1)
  .refine((urls) => new Set(urls.map(urlKey)).size === urls.length, 'a url stands twice');

/**
 * Where people look transactions up (EIP-3091): `<url>/tx/<hash>` is a page. A query, a fragment or a slash at the end would lead it elsewhere.
 */
export const explorerUrl = z
  .string()
  .max(200)
  .refine((text) => {
    const url = URL.parse(text);
    if (url === null || url.protocol !== 'https:' || url.username !== '' || url.password !== '') return false;
    return text === (url.pathname === '/' ? url.origin : `${url.origin}${url.pathname}`) && !text.endsWith('/');
  }, 'must be https://host or https://host/path, without a slash at the end, a query or a name');
