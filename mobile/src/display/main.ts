import { start } from '$shared/start';
import App from './App.svelte';
import { texts } from './texts/index';
import '$shared/styles/kern.css';
import '$shared/styles/index.css';
import './display.css';

// A device always begins in German, whatever its browser prefers.
void start(App, texts, { lang: 'de' });
