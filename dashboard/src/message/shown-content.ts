/** What a room shows of the content of a message. */
export interface ShownContent {
  /** HTML of the service's own making, with outside text escaped in it; null for a plain message. */
  readonly html: string | null;
  readonly plain: string;
}

/** An edit stands for what it replaces: clients show its new content. */
export function shownContent(content: Readonly<Record<string, unknown>>): ShownContent {
  const edited = content['m.new_content'];
  const shown = isRecord(edited) ? edited : content;
  const { format, formatted_body: html, body } = shown;
  return {
    html: format === 'org.matrix.custom.html' && typeof html === 'string' ? html : null,
    plain: typeof body === 'string' ? body : '',
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
