// German texts of the desk, by topic; every other language must have the same keys.
import acts from './de/acts';
import admin from './de/admin';
import caller from './de/caller';
import day from './de/day';
import frame from './de/frame';
import helping from './de/helping';
import queue from './de/queue';
import visit from './de/visit';

const de = { ...frame, ...queue, ...visit, ...acts, ...day, ...caller, ...admin, ...helping };

export default de;
export type DeskTexts = typeof de;
