import { inspect } from 'node:util';

/**
 * A value that must not be seen. Every way in which it could be printed by accident (a template, a log line, JSON,
 * console.log of what holds it) gives `[secret]`; `reveal` is the one way out, so that a search finds every use.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}

/** A secret that signs deliveries. The name is stored with every push that it verified; the value never is. */
export interface WebhookSecret {
  readonly name: string;
  readonly secret: Secret;
}
