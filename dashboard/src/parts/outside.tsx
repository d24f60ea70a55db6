import { outsideText, safeHref } from '../format/outside.ts';

/** Text that others wrote: it cannot reorder what stands beside it. */
export function Outside({ text, className }: { readonly text: string; readonly className?: string }) {
  return <bdi className={className}>{outsideText(text)}</bdi>;
}

/** The same as a link, where its address is one that may be followed. */
export function OutsideLink({
  text,
  href,
  className,
}: {
  readonly text: string;
  readonly href: string | null | undefined;
  readonly className?: string;
}) {
  const safe = safeHref(href);
  if (safe === null) return <Outside text={text} {...(className && { className })} />;
  return (
    <a href={safe} className={className} rel="noopener noreferrer external" target="_blank">
      <bdi>{outsideText(text)}</bdi>
    </a>
  );
}
