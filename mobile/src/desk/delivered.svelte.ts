// What was done for a visit, as ticked at the counter. Kept outside the panel, so that neither a snapshot nor signing in
// again loses a tick.
import type { Item, ItemRequest, Text, Visit } from '$shared/api/types';

export interface Line {
  service: string;
  name: Text;
  quantity: number;
  done: boolean;
  /** Added at the counter, may be taken away again. */
  added: boolean;
}

export class Delivered {
  lines = $state<Line[]>([]);

  constructor(items: readonly Item[]) {
    this.lines = items.map(({ service, name, quantity }) => ({ service, name, quantity, done: true, added: false }));
  }

  /** Adds a service; once more of a known one counts up. */
  add(service: string, name: Text): void {
    const known = this.lines.find((line) => line.service === service);
    if (known?.done) known.quantity += 1;
    else if (known) known.done = true;
    else this.lines.push({ service, name, quantity: 1, done: true, added: true });
  }

  remove(service: string): void {
    this.lines = this.lines.filter((line) => line.service !== service);
  }

  /** What goes to the backend. */
  items(): ItemRequest[] {
    return this.lines.filter((line) => line.done).map(({ service, quantity }) => ({ service, quantity }));
  }
}

const visits: Record<string, Delivered> = {};

/** The ticks of a visit, everything that was asked for being ticked at first. */
export function deliveredOf(visit: Pick<Visit, 'id' | 'items'>): Delivered {
  return (visits[visit.id] ??= new Delivered(visit.items));
}
