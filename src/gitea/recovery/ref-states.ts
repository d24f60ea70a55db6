import type { ClientBase } from 'pg';
import { brokenSince, type RefState } from './ref-state.ts';
import * as statements from './statements.ts';

/** Names a ref across repositories and servers. */
export interface RefKey {
  readonly instance: string;
  readonly repositoryId: number;
  readonly ref: string;
}

/** The states that a batch changes, read once and written once. */
export class RefStates {
  readonly #transaction: ClientBase;
  readonly #held = new Map<string, { readonly key: RefKey; state: RefState | undefined; changed: boolean }>();

  constructor(transaction: ClientBase) {
    this.#transaction = transaction;
  }

  async load(keys: readonly RefKey[]): Promise<void> {
    if (keys.length === 0) return;
    const { rows } = await this.#transaction.query<{
      instance: string;
      repository_id: string;
      ref: string;
      state: RefState;
    }>(statements.readRefs, [
      keys.map(({ instance }) => instance),
      keys.map(({ repositoryId }) => repositoryId),
      keys.map(({ ref }) => ref),
    ]);
    for (const { instance, repository_id, ref, state } of rows) {
      this.#hold({ instance, repositoryId: Number(repository_id), ref }, state);
    }
  }

  /** What the batch has changed already stays so. */
  async loadAll({ instance, repositoryId }: Omit<RefKey, 'ref'>): Promise<void> {
    const { rows } = await this.#transaction.query<{ ref: string; state: RefState }>(
      statements.readRefsOfRepository,
      [instance, repositoryId],
    );
    for (const { ref, state } of rows) {
      const key = { instance, repositoryId, ref };
      if (!this.#held.has(textOf(key))) this.#hold(key, state);
    }
  }

  change(key: RefKey, change: (state: RefState | undefined) => RefState): void {
    const state = change(this.#held.get(textOf(key))?.state);
    this.#held.set(textOf(key), { key, state, changed: true });
  }

  removeWhere({ instance, repositoryId }: Omit<RefKey, 'ref'>, isGone: (state: RefState) => boolean): void {
    for (const held of this.#held.values()) {
      const { key, state } = held;
      if (key.instance !== instance || key.repositoryId !== repositoryId || !state || !isGone(state))
        continue;
      held.state = undefined;
      held.changed = true;
    }
  }

  async write(): Promise<void> {
    const changed = [...this.#held.values()].filter((each) => each.changed);
    const keysOf = (held: typeof changed) => [
      held.map(({ key }) => key.instance),
      held.map(({ key }) => key.repositoryId),
      held.map(({ key }) => key.ref),
    ];
    const gone = changed.filter(({ state }) => state === undefined);
    if (gone.length > 0) await this.#transaction.query(statements.deleteRefs, keysOf(gone));
    const kept = changed.flatMap(({ key, state }) => (state ? [{ key, state, changed: true }] : []));
    if (kept.length === 0) return;
    await this.#transaction.query(statements.upsertRefs, [
      ...keysOf(kept),
      kept.map(({ state }) => JSON.stringify(state)),
      kept.map(({ state }) => dateOf(brokenSince(state))),
    ]);
  }

  #hold(key: RefKey, state: RefState): void {
    this.#held.set(textOf(key), { key, state, changed: false });
  }
}

function textOf({ instance, repositoryId, ref }: RefKey): string {
  return JSON.stringify([instance, repositoryId, ref]);
}

function dateOf(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms);
}
