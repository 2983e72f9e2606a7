// The one terminal of this page, handed down to every part of it.
import { getContext, setContext } from 'svelte';
import type { Terminal } from './terminal.svelte';

const KEY = Symbol('terminal');

export const setTerminal = (terminal: Terminal): Terminal => setContext(KEY, terminal);
export const getTerminal = (): Terminal => getContext<Terminal>(KEY);
