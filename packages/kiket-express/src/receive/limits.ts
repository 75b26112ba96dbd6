import { DeliveryError } from './errors.ts';

/** Limits how much there is at once. Whoever enters has to leave. */
export class Room {
  readonly #max: number;
  #inside = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** Throws a {@link DeliveryError} `overloaded` if the room is full. */
  enter(): void {
    if (this.#inside >= this.#max) throw new DeliveryError('overloaded');
    this.#inside += 1;
  }

  leave(): void {
    this.#inside -= 1;
  }
}
