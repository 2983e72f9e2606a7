// English texts of the desk, by topic.
import type { DeskTexts } from './de';
import acts from './en/acts';
import admin from './en/admin';
import caller from './en/caller';
import day from './en/day';
import frame from './en/frame';
import helping from './en/helping';
import queue from './en/queue';
import visit from './en/visit';

const en = { ...frame, ...queue, ...visit, ...acts, ...day, ...caller, ...admin, ...helping } satisfies DeskTexts;

export default en;
