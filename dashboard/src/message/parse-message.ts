/** A piece of a Matrix message: text, or one of the few elements that the service writes, with what is in it. */
export type MessagePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'break' }
  | {
      readonly kind: 'strong' | 'code' | 'list' | 'item';
      readonly parts: readonly MessagePart[];
    }
  | { readonly kind: 'link'; readonly href: string; readonly parts: readonly MessagePart[] };

const kinds = { strong: 'strong', b: 'strong', code: 'code', ul: 'list', li: 'item' } as const;
const token = /<(\/?)(strong|b|code|ul|li|a|br)((?:\s[^<>]*)?)\/?>|[^<]+|</gi;
const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};

interface Open {
  readonly tag: string;
  readonly href: string;
  readonly parts: MessagePart[];
}

/**
 * The HTML of a message as parts that a renderer can only make text, links and lists of. Whatever is none of these
 * elements stays the text that it is, with its angle brackets: nothing is ever handed to the browser as HTML.
 */
export function parseMessage(html: string): MessagePart[] {
  const top: Open = { tag: '', href: '', parts: [] };
  const stack: Open[] = [top];
  const innermost = () => stack.at(-1) ?? top;
  const addText = (text: string) => {
    const { parts } = innermost();
    const last = parts.at(-1);
    if (last?.kind === 'text') parts[parts.length - 1] = { kind: 'text', text: last.text + text };
    else parts.push({ kind: 'text', text });
  };
  const close = () => {
    const closed = stack.pop();
    if (closed) innermost().parts.push(partOf(closed));
  };

  for (const [text, slash, name, attributes = ''] of html.matchAll(token)) {
    const tag = name?.toLowerCase();
    if (tag === undefined) addText(decoded(text));
    else if (tag === 'br') innermost().parts.push({ kind: 'break' });
    else if (!slash) stack.push({ tag, href: hrefOf(attributes), parts: [] });
    else if (stack.some((open) => open.tag === tag)) {
      while (innermost().tag !== tag) close();
      close();
    }
  }
  while (stack.length > 1) close();
  return top.parts;
}

function partOf({ tag, href, parts }: Open): MessagePart {
  if (tag === 'a') return { kind: 'link', href, parts };
  return { kind: kinds[tag as keyof typeof kinds], parts };
}

function hrefOf(attributes: string): string {
  return decoded(/\shref="([^"]*)"/i.exec(attributes)?.[1] ?? '');
}

function decoded(text: string): string {
  return text.replaceAll(/&(?:amp|lt|gt|quot|#39);/g, (entity) => entities[entity] ?? entity);
}
