import type { ReactNode } from 'react';
import { outsideText, safeHref } from '../format/outside.ts';
import { type MessagePart, parseMessage } from './parse-message.ts';
import { shownContent } from './shown-content.ts';

/** A message as its room shows it, made of React's own elements alone. */
export function MatrixMessage({ content }: { readonly content: Readonly<Record<string, unknown>> }) {
  const { html, plain } = shownContent(content);
  if (html === null) {
    return (
      <p className="plain" dir="auto">
        {outsideText(plain)}
      </p>
    );
  }
  return <>{elementsOf(parseMessage(html))}</>;
}

function elementsOf(parts: readonly MessagePart[]): ReactNode[] {
  // Parts have no names of their own, and a message never changes: their places are as good.
  return parts.map((part, index) => <Part key={`${part.kind}-${String(index)}`} part={part} />);
}

function Part({ part }: { readonly part: MessagePart }): ReactNode {
  switch (part.kind) {
    case 'text':
      return outsideText(part.text);
    case 'break':
      return <br />;
    case 'strong':
      return <strong>{elementsOf(part.parts)}</strong>;
    case 'code':
      return <code>{elementsOf(part.parts)}</code>;
    case 'list':
      return <ul>{elementsOf(part.parts.filter(({ kind }) => kind === 'item'))}</ul>;
    case 'item':
      return <li>{elementsOf(part.parts)}</li>;
    case 'link': {
      const href = safeHref(part.href);
      const inner = elementsOf(part.parts);
      if (href === null) return inner;
      return (
        <a href={href} rel="noopener noreferrer external" target="_blank">
          {inner}
        </a>
      );
    }
  }
}
