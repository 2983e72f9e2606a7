// German. Around every page: rail, search, counter menu, choice of the counter, help, states of a page.
const minutes = (n: number) => `${n} Min.`;
const persons = (n: number) => (n === 1 ? '1 Person' : `${n} Personen`);

const frame = {
  title: 'Arbeitsplatz',
  rail: {
    label: 'Bereiche',
    calls: 'Aufruf',
    day: 'Tag',
    caller: 'Anrufer',
    devices: 'Geräte',
    staff: 'Personal',
    statistics: 'Auswertung',
    help: 'Hilfe',
  },

  minutes,
  persons,
  withoutAppointment: 'ohne',
  clock: (time: string) => `${time} Uhr`,
  search: {
    label: 'In den heutigen Listen suchen',
    placeholder: 'Nummer, Name oder Anliegen',
    key: 'Strg K',
    results: 'Treffer',
    found: (n: number) => (n === 1 ? '1 Treffer' : `${n} Treffer`),
    nothing: (query: string) => `Nichts gefunden zu „${query}“.`,
    hint: 'Gesucht wird in den Listen von heute: da, verspätet, erwartet, geparkt, verpasst.',
    where: {
      current: 'bei Ihnen',
      here: 'da',
      late: 'verspätet',
      expected: 'erwartet',
      parked: 'geparkt',
      missed: 'verpasst',
    },
  },

  counterMenu: {
    none: 'Kein Platz',
    open: (counter: string, state: string) => `${counter}, ${state}`,
    pause: 'Pause machen',
    resume: 'Pause beenden',
    change: 'Platz wechseln',
    close: 'Platz schließen',
    signOut: 'Abmelden',
    signedInAs: (name: string) => `Angemeldet: ${name}`,
  },

  counterState: {
    closed: 'geschlossen',
    free: 'frei',
    calling: 'ruft',
    serving: 'bedient',
    paused: 'Pause',
  },

  counters: {
    title: 'An welchem Platz arbeiten Sie?',
    lead: 'Der Platz erscheint auf der Anzeige, wenn Sie jemanden aufrufen.',
    zone: (letter: string) => `Wartezone ${letter}`,
    take: (counter: string) => `${counter} öffnen`,
    yours: 'Ihr Platz',
    takenBy: (name: string) => `besetzt: ${name}`,
    takenNow: (counter: string, name: string) => `${counter} hat gerade ${name} geöffnet. Bitte wählen Sie einen anderen.`,
    empty: 'Es ist noch kein Platz angelegt.',
    emptyHint: 'Plätze legt die Verwaltung bei der Einrichtung des Amtes an.',
    free: 'frei',
    officeFilter: 'Amt',
    allOffices: 'Alle Ämter',
    freeOf: (free: number, all: number) => (free === 0 ? 'alle Plätze besetzt' : `${free} von ${all} Plätzen frei`),
    takenCount: (n: number) => (n === 1 ? '1 besetzter Platz' : `${n} besetzte Plätze`),
    continue: (counter: string) => `Weiter an ${counter}`,
  },

  help: {
    title: 'Hilfe und Tasten',
    close: 'Schließen',
    keys: 'Tasten',
    caption: 'Tastenkürzel',
    columns: { key: 'Taste', does: 'Wirkung' },
    call: 'nächste Person aufrufen',
    start: 'Person ist da, Besuch beginnen',
    finish: 'Besuch abschließen',
    caller: 'für Anrufer buchen',
    recall: 'erneut rufen',
    park: 'parken',
    search: 'suchen',
    help: 'diese Hilfe',
    submit: 'Buchung für Anrufer absenden',
    escape: 'Fenster schließen',
    single: 'Taste ? öffnet die Hilfe',
    singleHint: 'Ausschalten, wenn ein Hilfsmittel einzelne Zeichen selbst braucht. F1 geht immer.',
    orderTitle: 'Wer kommt als Nächstes?',
    order: 'Die Person mit der frühesten Fälligkeit. Mit Termin ist das die Terminzeit, ohne Termin die Ankunft plus die übliche Wartezeit. Früher aufgerufen wird nur, wenn dadurch niemand über seine Zeit kommt. Sie dürfen jederzeit jemand anderen wählen; das wird vermerkt.',
  },

  state: {
    loading: 'Wird geladen …',
    errorTitle: 'Das hat nicht geklappt',
    retry: 'Noch einmal versuchen',
    forbiddenTitle: 'Dafür fehlt Ihnen das Recht',
    forbiddenText: 'Diese Seite ist für eine andere Rolle. Wenn Sie sie brauchen, wenden Sie sich an die Verwaltung.',
    opsAccount: 'Dieses Konto ist für den Betrieb.',
    toOps: 'Zum Betrieb',
    offline: 'Keine Verbindung. Bitte versuchen Sie es gleich noch einmal.',
    notFoundTitle: 'Diese Seite gibt es nicht',
    notFoundLink: 'Zum Aufruf',
  },
};

export default frame;
