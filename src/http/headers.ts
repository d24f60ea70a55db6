/**
 * Of every answer that says nothing else: it is data. No browser may take it for something else, run or load anything
 * out of it, frame it, or show it to another site. The page and its API have headers of their own over these.
 */
export const defaultHeaders = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
  'cache-control': 'no-store',
} as const;
