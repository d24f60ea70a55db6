import type { StoredEvent } from '../../events/codec.ts';
import type { Position } from '../../events/ids.ts';
import type { Changes } from '../projection.ts';
import { Batch } from './batch.ts';
import type { Building } from './build.ts';
import { positionOf, writeBatch } from './shadow.ts';

/**
 * Batches of one projection on their way into its shadow. While one is written the next is filled, and another may wait:
 * one projection takes longer than another for the same events, and none is to stand still for that.
 */
export class Lane {
  readonly building: Building;
  /** Events up to here were in the shadow before: an interrupted rebuild left it. */
  readonly until: Position;
  /** Every batch that is neither being filled nor waiting nor written. Their memory is used again. */
  readonly #resting: Batch[] = [new Batch(), new Batch()];
  #filling = new Batch();
  #writing: Promise<void> = Promise.resolve();
  /** Called when a batch was written, or could not be. */
  #onRested: () => void = () => undefined;
  #failure: unknown = null;

  constructor(building: Building) {
    this.building = building;
    this.until = positionOf(building.shadow);
  }

  add(changes: Changes): void {
    this.#filling.add(changes);
  }

  /**
   * Has written what was added, and with it that the shadow is there up to `last`. Returns as soon as there is room for
   * more.
   *
   * @throws what an earlier write failed with
   */
  async write(last: StoredEvent): Promise<void> {
    const batch = this.#filling;
    this.#writing = this.#writing.then(() => this.#put(batch, last));
    while (this.#resting.length === 0 && this.#failure === null) {
      await new Promise<void>((resolve) => {
        this.#onRested = resolve;
      });
    }
    this.#throwFailure();
    this.#filling = this.#resting.pop() ?? new Batch();
  }

  /** @throws what a write failed with */
  async finish(): Promise<void> {
    await this.#writing;
    this.#throwFailure();
  }

  /** Never rejects: its failure is met at the next turn. */
  async #put(batch: Batch, last: StoredEvent): Promise<void> {
    const { client, shadow } = this.building;
    try {
      if (this.#failure === null && last.position > positionOf(shadow))
        await writeBatch(client, shadow, batch, last);
      batch.clear();
      this.#resting.push(batch);
    } catch (error) {
      this.#failure ??= error;
    }
    this.#onRested();
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure;
  }
}
