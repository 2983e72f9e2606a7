// Vorlesen: speaks what is on the screen, if this machine has a voice for the language. Without one the button is hidden.

export interface Reader {
  /** A voice for this language exists right now. */
  available(lang: string): boolean;
  speak(text: string, lang: string, onEnd: () => void): void;
  stop(): void;
  /** Voices load late in some browsers; called whenever the list changes. Returns the function that ends it. */
  onVoices(changed: () => void): () => void;
}

export function browserReader(): Reader {
  const synth = typeof speechSynthesis === 'undefined' ? null : speechSynthesis;
  const voiceFor = (lang: string): SpeechSynthesisVoice | undefined =>
    synth?.getVoices().find((voice) => voice.lang.toLowerCase().startsWith(lang));
  return {
    available: (lang) => voiceFor(lang) !== undefined,
    speak(text, lang, onEnd) {
      if (!synth) return;
      synth.cancel();
      const words = new SpeechSynthesisUtterance(text);
      words.lang = lang;
      words.voice = voiceFor(lang) ?? null;
      words.rate = 0.95;
      words.onend = onEnd;
      words.onerror = onEnd;
      synth.speak(words);
    },
    stop() {
      synth?.cancel();
    },
    onVoices(changed) {
      synth?.addEventListener('voiceschanged', changed);
      return () => synth?.removeEventListener('voiceschanged', changed);
    },
  };
}

/** The words of the screen in reading order; what is hidden from screen readers is not read either. */
export function wordsOf(root: HTMLElement): string {
  const parts: string[] = [];
  const walk = (node: Node): void => {
    if (node instanceof HTMLElement || node instanceof SVGElement) {
      if (node.getAttribute('aria-hidden') === 'true' || node.hasAttribute('data-silent')) return;
      const label = node.getAttribute('aria-label');
      if (node instanceof SVGElement) {
        if (label) parts.push(label, '. ');
        return;
      }
      parts.push(' ');
      node.childNodes.forEach(walk);
      parts.push(/^(H\d|P|LI|DT|DD|BUTTON|A|DIV|STRONG)$/.test(node.tagName) ? '. ' : ' ');
      return;
    }
    if (node.nodeType === Node.TEXT_NODE && node.textContent) parts.push(node.textContent);
  };
  walk(root);
  return parts
    .join('')
    .replace(/\s+/g, ' ')
    .replace(/(\s*\.)+/g, '.')
    .replace(/([:;,!?])\./g, '$1')
    .replace(/^\. /, '')
    .trim();
}
