// The display's German texts: the source of truth. Times arrive already formatted.

const minutes = (n: number): string => (n === 1 ? '1 Minute' : `${n} Minuten`);

const de = {
  display: 'Anzeige',
  zone: (letter: string) => `Wartebereich ${letter}`,
  zones: (letters: string) => `Wartebereiche ${letters}`,
  calls: 'Aktuelle Aufrufe',
  number: 'Nummer',
  place: 'Platz',
  recent: 'Zuletzt aufgerufen',
  nobodyYet: 'Heute wurde noch niemand aufgerufen.',
  quiet: 'Im Augenblick kein Aufruf',
  quietSub: 'Ihre Nummer erscheint hier, wenn Sie dran sind.',
  wait: 'Ohne Termin etwa',
  comeIn: 'Bitte hereinkommen',
  outside: 'Das Haus ist voll, draußen warten',
  foyer: 'Foyer-Code',
  waitUnknown: 'Wartezeit',
  askReception: 'Auskunft am Empfang',
  called: (number: string, place: string) => `${number}, bitte zu ${place}`,
  watch: 'Bitte achten Sie auf Ihre Nummer.',
  /** The wall speaks to everybody: what it always says, it says in both languages. */
  watchAlso: { lang: 'en', text: 'Please watch for your number.' },
  asOf: (time: string) => `Stand ${time}`,
  stale: (min: number) =>
    min < 1
      ? 'Die Verbindung ist unterbrochen. Wir rufen Ihre Nummer im Wartebereich aus.'
      : `Keine neuen Daten seit ${minutes(min)}. Wir rufen Ihre Nummer jetzt im Wartebereich aus.`,
  starting: 'Die Anzeige startet …',
  noConnection: 'Noch keine Verbindung',
  noConnectionText: 'Die Anzeige versucht es weiter. Bitte fragen Sie am Empfang nach Ihrer Nummer.',
  soundOff: 'Ton einschalten',
  soundHint: 'Der Gong ist stumm, bis hier einmal getippt oder eine Taste gedrückt wird.',
  demoClock: 'Vorführung',
  enrol: {
    title: 'Diese Anzeige anmelden',
    text: 'Geben Sie den Code ein, den die Verwaltung unter „Geräte“ angezeigt bekommt.',
    label: 'Anmeldecode',
    example: 'zum Beispiel K7Q4-M2PX',
    go: 'Anmelden',
    wrong: 'Dieser Code gilt nicht oder nicht mehr. Lassen Sie sich unter „Geräte“ einen neuen anzeigen.',
    network: 'Der Server antwortet nicht. Prüfen Sie das Netz und versuchen Sie es noch einmal.',
    otherKind: 'Dieser Code ist für ein anderes Gerät (Terminal statt Anzeige).',
    revoked: 'Diese Anzeige wurde abgemeldet',
    revokedText: 'Für die Verwaltung: Unter „Geräte“ einen neuen Code anzeigen lassen und hier eingeben.',
  },
};

export type DisplayTexts = typeof de;
export default de;
