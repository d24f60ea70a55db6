import type { z } from 'zod';

/**
 * Reads optional parts of a body: what is missing or of another shape counts as absent and is noted, for Gitea never
 * sends a refused push again. Null is Gitea's own way to say "none", and no note.
 */
export class LenientReader {
  readonly #notes = new Set<string>();
  readonly #notesLimit = 50;

  /** Null when the value is absent or does not fit. */
  read<T>(schema: z.ZodType<T>, value: unknown, path: string): T | null {
    if (value === null) return null;
    if (value === undefined) return this.#note(`${path} is missing`);
    const result = schema.safeParse(value);
    return result.success ? result.data : this.#note(`${path} has another shape`);
  }

  get notes(): string[] {
    return [...this.#notes];
  }

  #note(text: string): null {
    if (this.#notes.size < this.#notesLimit) this.#notes.add(text);
    return null;
  }
}
