/**
 * Names and messages come from outside. React makes text of them and never markup; what is left to do is to take away
 * what reorders or hides the text beside it. Each is shown in an element of its own (`<bdi>`) besides.
 */
const hidden = /(?![\t\n\r])[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/** Visible text; line ends and tabs stay. */
export function outsideText(text: string): string {
  return text.toWellFormed().replaceAll(hidden, '');
}

/** An address that may be a link: of the web, and without a name before the host that reads like another host. */
export function safeHref(text: string | null | undefined): string | null {
  if (!text || !URL.canParse(text)) return null;
  const { protocol, username, password, href } = new URL(text);
  return (protocol === 'https:' || protocol === 'http:') && !username && !password ? href : null;
}
