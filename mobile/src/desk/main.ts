import { start } from '$shared/start';
import App from './App.svelte';
import { texts } from './texts/index';
import '$shared/styles/kern.css';
import '$shared/styles/index.css';
import '$shared/styles/pages.css';
import '$shared/styles/work.css';
import './desk.css';
import './helping.css';
import './planning/planning.css';
import './services/services.css';
import './wordings/wordings.css';

void start(App, texts);
