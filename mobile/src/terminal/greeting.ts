// "Guten Morgen", "Guten Tag", "Guten Abend" – by the town's clock, not by the machine's.

export type Greeting = 'morning' | 'day' | 'evening';

/** The greeting for an hour of the local day (0–23): until 11 it is morning, from 18 on evening. */
export function greetingAt(hour: number): Greeting {
  if (hour < 11) return 'morning';
  return hour < 18 ? 'day' : 'evening';
}
