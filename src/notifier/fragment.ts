import { escapeHtml } from './outside-text.ts';

/** A piece of a message in both of its forms. Only here does text become HTML. */
export interface Fragment {
  readonly plain: string;
  readonly html: string;
}

/** Text of ours or outside text that was cleaned; escaped in either case. */
export function text(plain: string): Fragment {
  return { plain, html: escapeHtml(plain) };
}

export function strong(inner: Fragment): Fragment {
  return { plain: inner.plain, html: `<strong>${inner.html}</strong>` };
}

export function code(inner: Fragment): Fragment {
  return { plain: inner.plain, html: `<code>${inner.html}</code>` };
}

/** A link in HTML; the plain form keeps the text alone. */
export function link(inner: Fragment, href: string | null): Fragment {
  if (href === null) return inner;
  return { plain: inner.plain, html: `<a href="${escapeHtml(href)}">${inner.html}</a>` };
}

export function join(...parts: readonly Fragment[]): Fragment {
  return {
    plain: parts.map((part) => part.plain).join(''),
    html: parts.map((part) => part.html).join(''),
  };
}
