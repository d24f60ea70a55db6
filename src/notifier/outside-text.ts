/**
 * Text that others wrote (names, commit messages) may hold anything. Here it becomes one harmless line.
 */

// Line ends and tabs separate words; a separator of Unicode's own does too.
const separators = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;
// What remains of the control characters, and the invisible marks that reorder or hide what follows them.
const invisible = /[\p{Cc}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu;
// The blocks that Unicode reserves for scripts that run from right to left (DerivedBidiClass.txt, defaults R and AL).
const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const firstStrongIsolate = '\u2068';
const popDirectionalIsolate = '\u2069';

/**
 * One line without control characters, of at most about `max` UTF-16 units, with `…` where it was cut. Text that
 * runs from right to left is isolated, so that it cannot reorder what stands beside it.
 */
export function outsideText(text: string, max: number): string {
  // Removing can only shorten: what lies far beyond the limit need not be looked at, be it megabytes.
  const near = text.slice(0, max * 8);
  const line = near.toWellFormed().replaceAll(separators, ' ').replaceAll(invisible, '').trim();
  const cut = line.length > max || near.length < text.length;
  const shown = cut ? `${cutAtBorder(line, max).trimEnd()}…` : line;
  return rightToLeft.test(shown) ? `${firstStrongIsolate}${shown}${popDirectionalIsolate}` : shown;
}

/** The first line that is not blank, or null. */
export function firstLine(message: string, max: number): string | null {
  const [line = ''] = message.trimStart().split(/[\r\n]/, 1);
  const shown = outsideText(line, max);
  return shown === '' ? null : shown;
}

/** For text and for attribute values in double quotes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

function cutAtBorder(text: string, max: number): string {
  let end = 0;
  for (const { segment, index } of graphemes.segment(text.slice(0, max * 2))) {
    if (index + segment.length > max) break;
    end = index + segment.length;
  }
  if (end > 0 || text === '') return text.slice(0, end);
  // One "character" with hundreds of combining marks: between two code points is good enough.
  const hard = text.slice(0, max);
  return hard.isWellFormed() ? hard : hard.slice(0, -1);
}
