const de = {
  back: 'Zurück',
  close: 'Schließen',
  next: 'Weiter',
  cancel: 'Abbrechen',
  retry: 'Noch einmal versuchen',
  loading: 'Wird geladen …',
  floor: (level: number) =>
    level === 0 ? 'Erdgeschoss' : level > 0 ? `${level}. Obergeschoss` : level === -1 ? 'Untergeschoss' : `${-level}. Untergeschoss`,
  language: 'Sprache',
  chooseLanguage: 'Sprache wählen',
  official: (town: string) => `Offizielle Website – ${town}`,
  skip: 'Zum Inhalt springen',
  demo: 'Demo',
  demoTime: 'simulierte Zeit',
  demoExplained: 'Vorführung mit erfundenen Daten. Die Uhr der Stadt ist simuliert.',
  optional: '(freiwillig)',
  error: 'Fehler',
  number: 'Nummer',
  step: (n: number, of: number) => `Schritt ${n} von ${of}`,
  minutes: (n: number) => `${n}\u00a0Min.`,
  minutesLong: (n: number) => (n === 1 ? '1 Minute' : `${n} Minuten`),
  seconds: (n: number) => (n === 1 ? '1 Sekunde' : `${n} Sekunden`),
  hours: (n: number) => (n === 1 ? '1 Stunde' : `${n} Stunden`),
  clock: (time: string) => `${time}\u00a0Uhr`,
  range: (low: number, high: number) => (low === high ? `${high}\u00a0Min.` : `${low}–${high}\u00a0Min.`),
  rangeLong: 'über 45 Min.',
  today: 'heute',
  tomorrow: 'morgen',
  free: 'kostenlos',
  from: (amount: string) => `ab ${amount}`,
  checkErrors: (n: number) =>
    n === 1 ? 'Bitte prüfen Sie eine Angabe' : `Bitte prüfen Sie ${numberWord(n)} Angaben`,
  connection: {
    live: (time: string) => `Stand ${time} Uhr, aktualisiert sich selbst`,
    connecting: 'Verbindung wird aufgebaut …',
    broken: 'Verbindung unterbrochen',
    age: (age: string) => `Der Stand ist ${age} alt. Wir verbinden von selbst wieder.`,
    offline: 'Keine Verbindung',
    offlineMore: 'Sie sind gerade offline. Was hier steht, ist auf dem Gerät gespeichert.',
    nextTry: (left: string) => `Nächster Versuch in ${left}`,
  },
  calendar: {
    earlier: 'frühere Tage',
    later: 'spätere Tage',
    freeSlots: (n: number) => `${n} frei`,
    full: 'voll',
    closed: 'zu',
    today: 'heute',
    morning: 'Vormittag',
    afternoon: 'Nachmittag',
  },
  stepper: { less: 'eine Person weniger', more: 'eine Person mehr' },
  qr: 'QR-Code mit Ihrem Check-in-Code',
  newVersion: 'Es gibt eine neue Fassung dieser Seiten.',
  takeNewVersion: 'Jetzt laden',
  problems: {
    unreachable: 'Wir erreichen die Stadt gerade nicht. Ihre Eingaben bleiben erhalten. Bitte versuchen Sie es gleich noch einmal.',
    internal: 'Bei uns ist etwas schiefgegangen. Ihre Eingaben bleiben erhalten. Bitte versuchen Sie es noch einmal.',
    not_found: 'Das gibt es hier nicht oder nicht mehr.',
    unauthorized: 'Bitte melden Sie sich an.',
    forbidden: 'Dazu fehlt Ihnen die Berechtigung.',
    too_many_requests: 'Das waren viele Versuche. Bitte warten Sie einen Moment.',
    payload_too_large: 'Das ist zu viel Text.',
  },
};

function numberWord(n: number): string {
  return ['null', 'eine', 'zwei', 'drei', 'vier', 'fünf', 'sechs'][n] ?? String(n);
}

export default de;
export type Common = typeof de;
