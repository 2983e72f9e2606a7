// German. The page of calls: who is next, the counters, the lists of today.
const queue = {
  calls: {
    title: 'Aufruf',
    nextFor: (counter: string) => `Als Nächstes für ${counter}`,
    number: 'Nummer',
    call: (number: string) => `${number} aufrufen`,
    why: (number: string) => `Warum ${number}?`,
    other: 'Andere Person',
    otherOff: 'Doch nicht',
    otherHint: 'Wählen Sie in der Liste „Da“, wen Sie aufrufen.',
    pause: 'Pause',
    planned: (n: number) => `${n} Min.`,
    waitingRoom: 'Warteraum',
    walkIn: 'ohne Termin',
    appointment: 'mit Termin',
    range: (low: number, high: number) => `${low}–${high} Min.`,
    noRange: 'offen',
    served: (n: number) => (n === 0 ? 'Heute noch niemand bedient' : n === 1 ? 'Heute 1 Person bedient' : `Heute ${n} Personen bedient`),
    nobody: 'Gerade niemand',
    nobodyNext: (time: string, service: string) => `Nächster Termin ${time} Uhr, ${service}. Sobald jemand da ist, erscheint die Person hier.`,
    nobodyMore: 'Heute ist kein weiterer Termin gebucht. Wer ohne Termin kommt, erscheint hier.',
    callAgainFrom: (time: string) =>
      `Bitte rufen Sie ab ${time} Uhr noch einmal auf. Erst danach gilt die Person als nicht erschienen.`,
    better: 'Besser noch kurz warten',
    callAnyway: (number: string) => `${number} trotzdem aufrufen`,
    nobodyWaits: 'Niemand wartet',
    nobodyForYou: 'Niemand für Ihren Platz',
    nobodyForYouHint: (n: number) => `${n === 1 ? 'Eine Person wartet' : `${n} Personen warten`} auf Leistungen, die es an Ihrem Platz nicht gibt.`,
    freeCounters: (n: number) => (n === 0 ? 'Kein Platz ist frei.' : n === 1 ? 'Ein Platz ist frei.' : `${n} Plätze sind frei.`),
    paused: 'Sie machen Pause',
    pausedHint: 'Ihr Platz bekommt niemanden zugeteilt, bis Sie weitermachen.',
    resume: 'Pause beenden',
    called: (number: string, counter: string) => `${number} ist zu ${counter} gerufen.`,
    calledOther: (shown: string, number: string, counter: string) =>
      `${shown} hat gerade ein anderer Platz gerufen. Stattdessen ist ${number} zu ${counter} gerufen.`,
    chooseCounter: 'Platz wählen',
    needCounter: 'Sie haben noch keinen Platz geöffnet',
    needCounterHint: 'Zum Aufrufen brauchen Sie einen Platz. Die Listen sehen Sie auch so.',
    newNext: (number: string) => `Als Nächstes: ${number}.`,
  },

  seats: {
    label: 'Plätze',
    progress: (minute: number, planned: number) => `${minute}/${planned} Min.`,
    since: (n: number) => `seit ${n} Min.`,
    calling: 'gerufen',
    free: 'frei',
    away: 'nicht da',
    paused: 'Pause',
    closed: 'zu',
    yours: 'Ihr Platz',
    over: 'über der geplanten Zeit',
    every: (n: number) => `Alle ${n} Plätze`,
    others: (n: number) => (n === 1 ? '1 Platz in anderen Bereichen' : `${n} Plätze in anderen Bereichen`),
    othersNow: (busy: number, free: number, away: number) =>
      [busy > 0 && `${busy} besetzt`, free > 0 && `${free} frei`, away > 0 && `${away} nicht da`].filter(Boolean).join(', '),
  },

  scope: {
    label: 'Gezeigter Bereich',
    all: 'Ganzes Haus',
    waiting: 'warten',
  },

  here: {
    title: 'Da',
    caption: 'Angekommene Personen nach Fälligkeit',
    order: 'nach Fälligkeit',
    columns: { number: 'Nummer', person: 'Person, Anliegen', appointment: 'Termin', waits: 'wartet', due: 'fällig', note: 'Hinweis' },
    next: 'als Nächstes',
    longest: 'wartet am längsten',
    notHere: 'nicht an Ihrem Platz',
    smsFailed: 'SMS kam nicht an',
    outside: 'wartet draußen',
    details: (number: string) => `${number}: Einzelheiten`,
    anonymous: 'ohne Namen',
    emptyTitle: 'Niemand wartet',
    showAll: (n: number) => `Alle ${n} zeigen`,
    showLess: 'Weniger zeigen',
  },

  late: {
    title: 'Verspätet',
    caption: 'Termine, die schon begonnen hätten',
    over: (n: number) => `${n} Min. über der Zeit`,
    arrived: 'Ist da',
    noShow: 'Nicht erschienen',
  },

  expected: {
    title: 'Erwartet',
    caption: 'Erwartete Termine, die nächsten zuerst',
    wholeDay: 'Ganzer Tag',
    arrived: 'Ist da',
    arrivedFor: (name: string) => `Ist da: ${name}`,
    empty: 'Heute kommt niemand mehr mit Termin.',
    columns: { time: 'Termin', person: 'Person, Anliegen', duration: 'geplant', action: 'Aktion', delay: 'Verspätung' },
  },

  parked: {
    title: 'Geparkt',
    caption: 'Geparkte Personen',
    resume: 'Zurückholen',
    resumeFor: (number: string) => `${number} zurückholen`,
  },

  missed: {
    title: 'Verpasst',
    caption: 'Personen, die auf den Aufruf nicht gekommen sind',
    rejoin: 'Doch da',
    rejoinFor: (number: string) => `${number} ist doch da`,
    calledAt: (time: string) => `gerufen ${time}`,
  },
};

export default queue;
