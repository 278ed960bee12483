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
