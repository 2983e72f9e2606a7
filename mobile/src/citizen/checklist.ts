// What is in the bag already: remembered on this device for each appointment, never sent.
import { values } from '$shared/store';

export interface Memory {
  get<T>(name: string): Promise<T | undefined>;
  put(name: string, value: unknown): Promise<void>;
  remove(name: string): Promise<void>;
}

const nameOf = (appointment: string) => `bring.${appointment}`;

/** The list with this document ticked or not. */
export function ticked(list: readonly string[], document: string, on: boolean): string[] {
  const others = list.filter((one) => one !== document);
  return on ? [...others, document] : others;
}

/** The ticked documents of an appointment; ones no longer asked for are forgotten. */
export async function recall(appointment: string, asked: readonly string[], memory: Memory = values): Promise<string[]> {
  const kept = await memory.get<unknown>(nameOf(appointment));
  return Array.isArray(kept) ? asked.filter((document) => kept.includes(document)) : [];
}

export async function remember(appointment: string, list: readonly string[], memory: Memory = values): Promise<void> {
  if (list.length > 0) await memory.put(nameOf(appointment), [...list]);
  else await memory.remove(nameOf(appointment));
}
