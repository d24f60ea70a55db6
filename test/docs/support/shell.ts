import type { Page } from './pages.ts';

/** A simple command: what a shell would start, or assign. */
export interface ShellCommand {
  /** `page:line` */
  readonly where: string;
  /** As it stands there, without comments, with what its quotes hold in one line. */
  readonly text: string;
  readonly words: readonly string[];
}

/** The commands in the page's fences of `sh`, in their order. */
export function commandsOf({ path, text }: Page): ShellCommand[] {
  return [...text.matchAll(/^( *)```sh\n([\s\S]*?)^\1```/gm)].flatMap(({ 2: block = '', index }) => {
    const first = text.slice(0, index).split('\n').length + 1;
    return linesOf(block).flatMap(({ line, offset }) => {
      const where = `${path}:${first + offset}`;
      return split(line).map(({ source, words }) => ({ where, text: source, words }));
    });
  });
}

/** Lines with those that go on joined, and without the text of here-documents. */
function linesOf(block: string): { line: string; offset: number }[] {
  const found: { line: string; offset: number }[] = [];
  const lines = block.split('\n');
  for (let at = 0; at < lines.length; at++) {
    const offset = at;
    let line = lines[at] ?? '';
    while (line.endsWith('\\')) line = `${line.slice(0, -1)} ${lines[++at]?.trim() ?? ''}`;
    const [, end] = /<<'?(\w+)'?/.exec(line) ?? [];
    if (end !== undefined) while (lines[at + 1] !== undefined && lines[++at]?.trim() !== end);
    if (line.trim() !== '') found.push({ line: line.trim(), offset });
  }
  return found;
}

/** At `&&`, `||`, `|` and `;` outside of quotes and of `$(…)`; a comment ends it. */
function split(line: string): { source: string; words: string[] }[] {
  const commands: { source: string; words: string[] }[] = [];
  let source = '';
  let words: string[] = [];
  let word: string | null = null;
  const endWord = () => {
    if (word !== null) words.push(word);
    word = null;
  };
  const endCommand = () => {
    endWord();
    if (words.length > 0) commands.push({ source: source.trim(), words });
    source = '';
    words = [];
  };
  let quote = '';
  let depth = 0;
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    if (quote === '' && depth === 0) {
      if (character === '#' && word === null) break;
      const [separator] = /^(&&|\|\||[|;])/.exec(line.slice(at)) ?? [];
      if (separator !== undefined) {
        endCommand();
        at += separator.length - 1;
        continue;
      }
      if (character === ' ') {
        endWord();
        source += character;
        continue;
      }
    }
    source += character;
    if (line.startsWith('$(', at)) depth++;
    else if (character === ')' && depth > 0) depth--;
    if (depth === 0 && quote === '' && (character === '"' || character === "'")) {
      quote = character;
      word ??= '';
    } else if (character === quote) quote = '';
    else word = (word ?? '') + character;
  }
  endCommand();
  return commands;
}
