import { Minimatch, type MinimatchOptions } from 'minimatch';

const maxLength = 255;
/** A match tries every way to share a part of the text among its stars: with three that is 60 ms at worst, with four 30 s. */
const maxStars = 3;

const options: MinimatchOptions = {
  // Names that begin with a dot are names like any other.
  dot: true,
  // "#1" and "!x" are names of branches.
  nocomment: true,
  nonegate: true,
  noext: true,
  platform: 'linux',
  braceExpandMax: 100,
};

/**
 * Why a text is no pattern that we take, said as what is expected; null where it is one. In a pattern `*` and `?` stand
 * for anything but a slash, `**` between slashes for any number of parts, `[a-z]` for one character, and `{a,b}` for
 * either.
 */
export function globProblem(pattern: string): string | null {
  if (pattern === '' || pattern.length > maxLength) return `1 to ${maxLength} characters`;
  if (pattern.startsWith('!')) {
    return 'a pattern without "!" (what is not meant goes into a route with mute: true in front of this one)';
  }
  const parts = pattern.split('/');
  if (parts.some((part) => part.includes('**') && part !== '**')) {
    return '** only between slashes, as in release/** or **/fix';
  }
  if (parts.some((part) => part !== '**' && part.split('*').length - 1 > maxStars)) {
    return `at most ${maxStars} * between two slashes`;
  }
  return new Minimatch(pattern, options).makeRe() === false ? 'a pattern that can be matched' : null;
}

/** Whether any of these patterns stands for the whole text. */
export function matchesGlobs(
  patterns: readonly string[],
  { ignoreCase }: { readonly ignoreCase: boolean },
): (text: string) => boolean {
  const compiled = patterns.map((pattern) => new Minimatch(pattern, { ...options, nocase: ignoreCase }));
  return (text) => compiled.some((pattern) => pattern.match(text));
}
