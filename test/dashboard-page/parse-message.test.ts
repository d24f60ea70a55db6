import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MessagePart, parseMessage } from '../../dashboard/src/message/parse-message.ts';
import { shownContent } from '../../dashboard/src/message/shown-content.ts';
import { escapeHtml } from '../../src/notifier/outside-text.ts';

const text = (value: string): MessagePart => ({ kind: 'text', text: value });

function textOf(parts: readonly MessagePart[]): string {
  return parts
    .map((part) => {
      if (part.kind === 'text') return part.text;
      return part.kind === 'break' ? '' : textOf(part.parts);
    })
    .join('');
}

/** Of any UTF-16 units, halves of pairs among them; those that mean something in HTML more often than others. */
const anyText = fc
  .array(
    fc.oneof(
      fc.constantFrom(...'<>&"\'/;=a'),
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
    ),
  )
  .map((units) => units.join(''));

describe('a message', () => {
  it('is taken apart into what the service writes', () => {
    const html =
      '[<a href="https://g.test/a?b=1&amp;c=2">w</a>] <strong>Ada</strong> pushed<br>' +
      '<ul><li><code>abc</code> one<ul><li>inner</li></ul></li></ul>';
    expect(parseMessage(html)).toEqual([
      text('['),
      { kind: 'link', href: 'https://g.test/a?b=1&c=2', parts: [text('w')] },
      text('] '),
      { kind: 'strong', parts: [text('Ada')] },
      text(' pushed'),
      { kind: 'break' },
      {
        kind: 'list',
        parts: [
          {
            kind: 'item',
            parts: [
              { kind: 'code', parts: [text('abc')] },
              text(' one'),
              { kind: 'list', parts: [{ kind: 'item', parts: [text('inner')] }] },
            ],
          },
        ],
      },
    ]);
  });

  it.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<svg/onload=alert(1)>',
    '<abbr title="x">y</abbr>',
    'a < b > c',
    '<!-- x -->',
  ])('keeps as text what is none of its elements: %s', (html) => {
    expect(parseMessage(html)).toEqual([text(html)]);
  });

  it('takes one layer of escaping away, and not two', () => {
    expect(parseMessage('&lt;b&gt; &amp;lt;i&amp;gt; &#39;&quot;')).toEqual([text(`<b> &lt;i&gt; '"`)]);
  });

  it('closes what was left open, and passes over what was never opened', () => {
    expect(parseMessage('</li><ul><li>one</ul> after')).toEqual([
      { kind: 'list', parts: [{ kind: 'item', parts: [text('one')] }] },
      text(' after'),
    ]);
  });

  it('gives back any text that was escaped as it is', () => {
    fc.assert(
      fc.property(anyText, (any) => {
        expect(textOf(parseMessage(`<strong>${escapeHtml(any)}</strong>`))).toBe(any);
      }),
    );
  });

  it('never throws, whatever it is given', () => {
    const rubbish = fc.array(
      fc.oneof(
        fc.constantFrom('<', '>', '</', '<ul>', '</li>', '<a href="', '"', '&amp', '<br/>'),
        fc.string(),
      ),
    );
    fc.assert(fc.property(rubbish, (pieces) => void parseMessage(pieces.join(''))));
  });
});

describe('what a room shows', () => {
  it('of an edit is its new content', () => {
    const edit = {
      body: '* old',
      'm.new_content': { body: 'new', format: 'org.matrix.custom.html', formatted_body: '<b>new</b>' },
    };
    expect(shownContent(edit)).toEqual({ plain: 'new', html: '<b>new</b>' });
  });

  it.each([
    [{ body: 'text' }, { plain: 'text', html: null }],
    [
      { body: 'text', formatted_body: '<b>x</b>', format: 'other' },
      { plain: 'text', html: null },
    ],
    [
      { body: 3, 'm.new_content': [] },
      { plain: '', html: null },
    ],
  ])('of %j is its text', (content, shown) => {
    expect(shownContent(content)).toEqual(shown);
  });
});
