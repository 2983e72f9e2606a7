// The terminal's German texts: the source of truth. Other languages must have the same keys and arguments.
// Times and days arrive already formatted.

const people = (n: number): string => (n === 1 ? '1\u00a0Person' : `${n}\u00a0Personen`);

const de = {
  terminal: 'Terminal',
  clock: 'Uhrzeit',
  greeting: { morning: 'Guten Morgen', day: 'Guten Tag', evening: 'Guten Abend' },
  demoClock: 'Vorführung: Uhr und Menschen sind erfunden.',
  loading: 'Einen Augenblick bitte …',
  floorShort: (level: number) => (level === 0 ? 'EG' : level > 0 ? `${level}. OG` : level === -1 ? 'UG' : `${-level}. UG`),

  start: {
    title: 'Start',
    ask: 'Tippen Sie an, was Sie brauchen.',
    waitLabel: 'Ohne Termin warten Sie jetzt',
    waitUnknown: 'Auskunft am Empfang',
    freeLabel: 'Heute noch frei',
    // The server names the next few only, so their number is not the number of free appointments.
    free: (from: string) => `Termine ab ${from} Uhr`,
    freeNone: 'Kein Termin mehr',
    code: 'Ich habe einen Code',
    codeSub: 'Aus der SMS oder als QR-Code. Sie melden sich damit an.',
    onlyAppointments: 'Heute nur mit Termin',
    closed: 'Gerade geschlossen',
    closedUntil: (when: string) => `Geschlossen. Öffnet ${when}`,
    closedSub: 'Einen Termin können Sie jetzt buchen. Nummern gibt es, wenn geöffnet ist.',
    onlyAppointmentsSub: 'Wählen Sie einen freien Termin, oft noch für heute.',
    codeSubOffline: 'Aus der SMS oder als QR-Code. Wir heben ihn hier auf.',
    walkIn: 'Ich habe keinen Termin',
    walkInSub: 'Nummer ziehen oder einen Termin für heute wählen',
    walkInSubOffline: 'Nummern gibt es gerade nur am Empfang.',
    info: 'Auskunft',
    infoSub: 'Wege im Haus, Anschrift, Unterlagen',
    languages: 'Sprache',
  },

  foyer: 'Foyer-Code',
  foyerWhy: 'Für „Ich bin da“ auf dem eigenen Handy',

  room: {
    comeIn: (numbers: string) => `Bitte hereinkommen: ${numbers}`,
    full: 'Das Haus ist gerade voll',
    fullText: (n: number) => `Sie bekommen eine Nummer und warten draußen. ${people(n)} ${n === 1 ? 'wartet' : 'warten'} dort schon.`,
    outside: 'Bitte warten Sie draußen',
    outsideSms: 'Wir schreiben Ihnen eine SMS, wann Sie hereinkommen können.',
    outsideScreen: 'Hier am Bildschirm und auf der Anzeige steht, wann Sie hereinkommen können.',
  },

  online: {
    choice: 'Online erledigen',
    choiceSub: 'Viele Anliegen gehen ohne Warten, gleich hier',
    choicePhone: 'Viele Anliegen gehen ohne Warten, auf Ihrem Handy',
    title: 'Das geht online',
    sub: 'Tippen Sie Ihr Anliegen an.',
    private: 'Am Ende löschen wir alles, was Sie hier eingeben.',
    here: 'Hier öffnen',
    hereSub: 'Dieses Terminal merkt sich davon nichts.',
    phone: 'Auf dem eigenen Handy öffnen',
    phoneQr: 'QR-Code: den Online-Dienst auf dem eigenen Handy öffnen',
    noAddress: 'Für dieses Anliegen ist keine Internet-Adresse eingetragen. Bitte fragen Sie am Empfang.',
    none: 'Zurzeit ist kein Online-Dienst eingetragen.',
    more: (n: number) => (n === 1 ? '1 weiteres Anliegen' : `${n} weitere Anliegen`),
    others: 'Andere Anliegen',
    done: 'Fertig, alles löschen',
    minutes: (n: number) => (n === 1 ? '1 Minute' : `${n} Minuten`),
    seconds: (n: number) => (n === 1 ? '1 Sekunde' : `${n} Sekunden`),
    left: (time: string) => `Noch ${time} für Sie.`,
    warnTitle: 'Brauchen Sie noch Zeit?',
    warnText: (seconds: number) => `In ${seconds} Sekunden schließt der Online-Dienst. Was Sie nicht abgeschickt haben, wird gelöscht.`,
    extend: 'Ja, mehr Zeit',
  },

  offline: {
    title: (since: string) => `Keine Verbindung seit ${since} Uhr`,
    ask: 'Sie können sich trotzdem mit Ihrem Code melden.',
    text: 'Ihr Code wird hier gespeichert und nachgereicht, sobald die Leitung wieder steht. Ihre Wartezeit nennt Ihnen der Empfang.',
    waiting: (n: number) => (n === 1 ? '1 gespeicherte Anmeldung wartet.' : `${n} gespeicherte Anmeldungen warten.`),
    delivering: (n: number) =>
      n === 1 ? '1 gespeicherte Anmeldung wird nachgereicht.' : `${n} gespeicherte Anmeldungen werden nachgereicht.`,
  },

  tools: {
    label: 'Hilfen',
    back: 'Zurück',
    read: 'Vorlesen',
    stopReading: 'Nicht mehr vorlesen',
    larger: 'Größer',
    smaller: 'Kleiner',
    help: 'Hilfe',
    restart: 'Von vorn',
  },

  help: {
    title: 'Wir helfen Ihnen',
    text: 'Am Empfang hilft Ihnen jemand gern. Sagen Sie dort einfach, was Sie brauchen.',
    phone: (phone: string) => `Telefonisch erreichen Sie uns unter ${phone}.`,
    code: 'Haben Sie einen Code? Er steht in unserer SMS: 8 Ziffern, zum Beispiel',
    close: 'Weiter',
  },

  idle: {
    title: 'Sind Sie noch da?',
    text: (seconds: number) =>
      seconds === 1
        ? 'In 1 Sekunde beginnt diese Anzeige von vorn.'
        : `In ${seconds} Sekunden beginnt diese Anzeige von vorn. So bleiben Ihre Angaben privat.`,
    stay: 'Ja, ich brauche noch Zeit',
    leave: 'Ich bin fertig',
  },

  code: {
    title: 'Ihr Code, bitte',
    where: '8 Ziffern, Sie finden sie in unserer SMS:',
    sms: ['Termin bestätigt: Mo 23.11. 10:20 Uhr, Bürgerbüro, Rathausplatz 1. Check-in-Code ', '. Absagen: Antwort STORNO.'] as const,
    typed: (digits: string, left: number) =>
      digits === ''
        ? 'Noch keine Ziffer eingegeben'
        : left === 0
          ? `Eingegeben: ${digits}. Vollständig.`
          : `Eingegeben: ${digits}, noch ${left === 1 ? '1 Ziffer' : `${left} Ziffern`}`,
    digits: 'Ziffern',
    erase: 'Letzte Ziffer löschen',
    go: 'Weiter',
    scan: 'QR-Code scannen',
    lost: 'Code verloren',
    checking: 'Wir sehen nach …',
    slip: 'Da stimmt eine Ziffer nicht',
    slipText: 'Bitte vergleichen Sie mit der SMS. Sie haben keinen Versuch verbraucht.',
  },

  scan: {
    title: 'QR-Code vor die Kamera',
    text: 'Halten Sie den QR-Code aus der Bestätigung etwa 20 cm vor die Kamera.',
    looking: 'Die Kamera sucht nach dem Code.',
    starting: 'Die Kamera startet …',
    noCamera: 'Die Kamera geht gerade nicht',
    noCameraText: 'Bitte tippen Sie die 8 Ziffern ein. Sie stehen unter dem QR-Code und in der SMS.',
    foreign: 'Dieser QR-Code gehört nicht zu einem Termin bei uns.',
    type: 'Code eintippen',
    picture: 'Bild der Kamera',
  },

  success: {
    title: 'Sie sind angemeldet. Ihre Nummer:',
    already: 'Sie sind schon angemeldet. Ihre Nummer:',
    walkIn: 'Ihre Nummer:',
    number: (number: string) => `Nummer ${number}`,
    go: (letter: string) => `Bitte in Wartebereich ${letter}`,
    goLater: (letter: string) => `Danach in Wartebereich ${letter}`,
    plan: (letter: string, floor: string) => `Plan: von hier zum Wartebereich ${letter}, ${floor}`,
    here: 'Sie sind hier',
    area: 'Wartebereich',
    waitLabel: 'Sie sind dran in etwa',
    waitUnknown: 'Wir rufen Sie auf',
    callLabel: 'Aufruf',
    callBoth: 'Anzeige und SMS',
    callDisplay: 'Anzeige',
    early: (time: string) => `Vielleicht rufen wir Sie schon vor ${time} Uhr auf.`,
    onTime: (time: string) => `Ihr Termin ist um ${time} Uhr.`,
    late: (time: string) => `Ihr Termin war um ${time} Uhr. Ihr Platz ist noch frei.`,
    tooLate: (time: string) =>
      `Ihr Termin war um ${time} Uhr. Wir nehmen Sie heute noch dran, es kann aber länger dauern.`,
    print: 'Nummer drucken',
    done: 'Fertig',
    closes: (seconds: number) =>
      seconds === 1 ? 'Diese Anzeige schließt in 1 Sekunde.' : `Diese Anzeige schließt in ${seconds} Sekunden.`,
    longer: 'Länger zeigen',
    onPhone: 'Nummer aufs Handy',
    qr: 'QR-Code: Ihre Nummer auf dem eigenen Handy verfolgen',
    printedAt: (when: string) => `gezogen am ${when}`,
  },

  stored: {
    title: 'Ihr Code ist gespeichert',
    text: (time: string) =>
      `Um ${time} Uhr hier aufgehoben. Sobald die Leitung wieder steht, melden wir Sie an.`,
    what: 'Was Sie jetzt tun',
    unchecked: 'Wir konnten den Code noch nicht prüfen. Bitte sagen Sie kurz am Empfang Bescheid.',
    zone: (letter: string, floor: string) => `Nehmen Sie dann im Wartebereich ${letter} Platz, ${floor}.`,
    again: 'Tippen Sie den Code später noch einmal ein: Dann sehen Sie hier Ihre Nummer.',
    lostDevice: 'Dieses Terminal kann gerade nichts speichern. Bitte melden Sie sich am Empfang.',
  },

  refused: {
    title: 'Das hat nicht geklappt',
    what: 'Was möchten Sie tun?',
    again: 'Code noch einmal eingeben',
    againSub: 'Bitte vergleichen Sie die 8 Ziffern mit der SMS.',
    scan: 'QR-Code scannen',
    lost: 'Code verloren',
    lostSub: 'Wir schicken ihn noch einmal an Ihre Mobilnummer.',
    walkIn: 'Heute ohne Termin warten',
    walkInSub: (wait: string | null) => (wait === null ? 'Sie bekommen eine Nummer.' : `Jetzt ${wait} Sie bekommen eine Nummer.`),
    walkInKeeps: (day: string, wait: string | null) =>
      wait === null ? `Der Termin am ${day} bleibt bestehen.` : `Etwa ${wait} Der Termin am ${day} bleibt bestehen.`,
    home: 'Zum Anfang',
    reception: 'Am Empfang hilft Ihnen jemand weiter.',

    unknown: 'Diesen Code kennen wir nicht',
    unknownText: 'Er kann alt sein oder zu einem anderen Rathaus gehören.',
    tries: (n: number) => (n === 1 ? 'Noch 1 Versuch, dann kurz warten.' : `Noch ${n} Versuche.`),

    otherDay: (weekday: string) => `Ihr Termin ist am ${weekday}`,
    otherDayPast: (weekday: string) => `Ihr Termin war am ${weekday}`,
    otherDayText: (code: string) => `Der Code ${code} stimmt. Er gilt für diesen Tag und diesen Ort:`,
    otherDayCome: (weekday: string) => `Am ${weekday} kommen`,
    otherDayComeSub: 'Nichts ändern. Ihr Code bleibt gleich, wir erinnern Sie am Tag vorher.',

    today: 'Auf heute verschieben',
    todayLoading: 'Wir sehen nach, was heute frei ist …',
    todayFree: (times: string, more: boolean) =>
      `Frei um ${times} Uhr${more ? ', auch später noch' : ''}.`,
    todayNone: 'Heute ist hier kein Termin mehr frei.',
    todayOffline: 'Ohne Verbindung geht das nur am Empfang.',
    todayFailed: 'Das geht gerade nicht. Bitte fragen Sie am Empfang.',

    otherOffice: 'Ihr Termin ist in einem anderen Haus',
    otherOfficeText: (code: string) => `Der Code ${code} stimmt. Bitte gehen Sie dorthin:`,
    otherOfficeGo: 'Ich gehe dorthin',
    otherOfficeGoSub: 'Melden Sie sich dort am Terminal mit demselben Code an.',

    expired: 'Die Zeit für diesen Code ist vorbei',
    expiredText: (time: string | null) =>
      `${time === null ? '' : `Ihr Termin war um ${time} Uhr. `}Am Empfang sehen wir, was heute noch geht.`,

    cancelled: 'Dieser Termin ist abgesagt',
    cancelledText: 'Wenn Sie ihn nicht selbst abgesagt haben, fragen Sie bitte am Empfang.',

    notConfirmed: 'Dieser Termin wurde nicht bestätigt',
    notConfirmedText: 'Der Code aus der ersten SMS wurde nie eingegeben. Am Empfang sehen wir, was heute geht.',

    tooMany: 'Bitte kurz warten',
    tooManyText: (time: string | null) =>
      `Hier wurden zu oft falsche Codes eingegeben. ${time === null ? '' : `Ab ${time} Uhr geht es weiter. `}Am Empfang geht es sofort.`,
    tooManySeconds: (seconds: number) =>
      seconds <= 1
        ? 'Gleich geht es weiter.'
        : seconds <= 90
          ? `Weiter in ${seconds} Sekunden.`
          : `Weiter in ${Math.ceil(seconds / 60)} Minuten.`,

    busy: 'Das dauert gerade länger',
    busyText: 'Bitte versuchen Sie es noch einmal oder gehen Sie zum Empfang.',
    retry: 'Noch einmal versuchen',
  },

  move: {
    title: 'Auf heute verschieben',
    ask: 'Wann möchten Sie heute dran sein?',
    was: 'Ihr Termin bisher',
    becomes: 'Ihr Termin dann',
    today: (time: string) => `heute, ${time} Uhr`,
    notYet: 'Uhrzeit unten antippen',
    later: 'Spätere Zeiten zeigen',
    earliest: 'Wieder die ersten Zeiten zeigen',
    givenUp: (when: string) => `Ihren Termin am ${when} geben wir frei. Er gehört dann jemand anderem.`,
    go: (time: string) => `Auf ${time} Uhr verschieben und anmelden`,
    goFirst: 'Bitte zuerst eine Uhrzeit wählen',
    moving: 'Wir verschieben …',
    keep: (weekday: string) => `Nein, ich komme am ${weekday}`,
    taken: 'Diese Zeit ist eben weg',
    takenText: 'Ihr Termin ist unverändert. Bitte wählen Sie eine andere Zeit.',
    offline: 'Die Verbindung ist gerade weg',
    busy: 'Das dauert gerade länger',
    retryText: 'Bitte tippen Sie in einer Minute noch einmal. Oder gehen Sie zum Empfang.',
  },

  lost: {
    title: 'Code verloren?',
    ask: 'Geben Sie Ihre Mobilnummer ein. Wir schicken Ihnen den Code noch einmal per SMS.',
    typed: (digits: string) => (digits === '' ? 'Noch keine Ziffer eingegeben' : `Eingegeben: ${digits}`),
    label: 'Mobilnummer',
    send: 'Senden',
    invalid: 'Das ist keine deutsche Mobilnummer. Sie beginnt mit 015, 016 oder 017.',
    sentTitle: 'Schauen Sie auf Ihr Handy',
    sentText: (number: string) =>
      `Wenn für ${number} heute ein Termin gebucht ist, kommt gleich eine SMS mit dem Code.`,
    sentNothing: 'Keine SMS nach 2 Minuten? Dann ist unter dieser Nummer heute kein Termin gebucht. Fragen Sie bitte am Empfang.',
    offline: 'Ohne Verbindung können wir keine SMS schicken. Der Empfang findet Ihren Termin.',
    enter: 'Code eingeben',
  },

  services: {
    title: 'Worum geht es?',
    sub: 'Wählen Sie aus oder tippen Sie ein Wort ein.',
    popular: 'Häufig gefragt',
    search: 'Suchen',
    searchFor: 'Suchwort',
    placeholder: 'zum Beispiel Perso, Auto, Umzug',
    results: (n: number) => (n === 1 ? '1 Treffer' : `${n} Treffer`),
    none: (word: string) => `Zu „${word}“ haben wir nichts gefunden`,
    noneSub: 'Versuchen Sie ein anderes Wort. Am Empfang hilft Ihnen jemand gern.',
    empty: 'Heute gibt es hier keine Nummern ohne Termin.',
    keyboard: 'Tastatur auf dem Bildschirm',
    space: 'Leerzeichen',
    eraseLetter: 'Letzten Buchstaben löschen',
    closeKeyboard: 'Liste zeigen',
    more: 'Weitere zeigen',
    offline: 'Ohne Verbindung gibt es Nummern nur am Empfang.',
  },

  choose: {
    title: 'Heute ohne Termin',
    titleOnly: 'Nur mit Termin',
    titleClosed: 'Gerade geschlossen',
    closed: 'Nummern gibt es erst wieder, wenn geöffnet ist. Einen Termin können Sie jetzt buchen.',
    closedUntil: (when: string) => `Wir öffnen ${when}. Bis dahin gibt es keine Nummern. Einen Termin können Sie jetzt buchen.`,
    appointmentOnly: 'Für dieses Anliegen gibt es keine Nummern, nur Termine.',
    duration: (min: number) => `dauert etwa ${min} Min.`,
    wait: (range: string) => `Jetzt warten, ${range}`,
    waitUnknown: 'Jetzt warten',
    waitSub: (ahead: number) =>
      ahead === 0
        ? 'Niemand vor Ihnen. Sie bekommen eine Nummer.'
        : `${people(ahead)} vor Ihnen. Sie bekommen eine Nummer und können bis zum Aufruf hinausgehen.`,
    slotsOnly: 'Termin für heute',
    slots: 'Oder Termin für heute, ohne Warten',
    slotsNote: 'Sie geben Name und Mobilnummer ein und bekommen einen Code.',
    noSlots: 'Heute ist kein Termin mehr frei.',
    otherDay: 'An einem anderen Tag',
    online: 'Geht es online?',
    documents: 'Was brauche ich?',
    sms: 'SMS, wenn Sie dran sind?',
    smsText: 'Mit Ihrer Mobilnummer sagen wir Ihnen Bescheid. Ohne geht es auch.',
    withSms: 'Ja, per SMS',
    withSmsSub: 'Sie geben Ihre Mobilnummer ein und können hinausgehen.',
    withoutSms: 'Nein, ohne SMS',
    withoutSmsSub: 'Sie achten im Wartebereich auf die Anzeige.',
    drawShort: 'Weiter',
    axis: (wait: string | null, slots: string) =>
      `Zeitvergleich: ${wait === null ? '' : `Warten ab jetzt bedeutet Aufruf ${wait}; `}freie Termine: ${slots}`,
    axisNow: 'jetzt',
    axisWait: 'Warten',
    axisBetween: (low: string, high: string) => `zwischen ${low} und ${high} Uhr`,
    axisHour: (hour: number) => `${hour} Uhr`,
    noTicket: 'Für dieses Anliegen gibt es heute keine Nummer',
    noTicketText: 'Wählen Sie einen Termin oder fragen Sie am Empfang.',
  },

  book: {
    title: (time: string) => `Termin heute um ${time} Uhr`,
    nameTitle: 'Ihr Name',
    nameSub: 'Vor- und Nachname, wie im Ausweis',
    nameLabel: 'Vor- und Nachname',
    phoneTitle: 'Ihre Mobilnummer',
    phoneSub: 'Dorthin schicken wir gleich einen Code mit 6 Ziffern.',
    verifyTitle: 'Code aus der SMS',
    verifySub: (to: string) => `6 Ziffern, eben geschickt an ${to}`,
    wrong: (left: number) => (left === 1 ? 'Das stimmt nicht. Noch 1 Versuch.' : `Das stimmt nicht. Noch ${left} Versuche.`),
    dead: 'Dieser Code gilt nicht mehr.',
    resend: 'Code noch einmal schicken',
    resent: 'Eben noch einmal geschickt.',
    tooSoon: (time: string) => `Noch einmal schicken geht ab ${time} Uhr.`,
    held: (time: string) => `Der Termin ist bis ${time} Uhr für Sie reserviert.`,
    taken: 'Dieser Termin ist eben vergeben worden',
    takenText: 'Bitte wählen Sie einen anderen.',
    missing: 'Bitte füllen Sie dieses Feld aus.',
    next: 'Weiter',
    bookedTitle: 'Ihr Termin steht',
    bookedCode: 'Ihr Code für heute',
    bookedText: (time: string) =>
      `Kommen Sie um ${time} Uhr wieder und geben Sie hier diesen Code ein. Er steht auch in der SMS.`,
    needsApp: 'Für dieses Anliegen brauchen wir mehr Angaben. Das geht am besten mit dem Handy oder am Empfang.',
  },

  elsewhere: {
    title: 'Termin mit dem Handy',
    text: 'QR-Code mit dem Handy aufnehmen. Dort sehen Sie alle freien Tage.',
    onlineYes: 'Ja, das geht online. Sie müssen nicht kommen.',
    onlinePartly: 'Ein Teil geht online.',
    onlineNo: 'Nein, dafür müssen Sie einmal herkommen.',
    onlineQr: 'QR-Code: zur Seite im Internet',
    bookQr: 'QR-Code: zum Buchen auf dem eigenen Handy',
    close: 'Verstanden',
  },

  info: {
    title: 'Auskunft',
    sub: 'Wege im Haus, Anschrift, Unterlagen',
    here: 'Hier im Haus',
    zones: 'Wartebereiche',
    offices: 'Unsere Häuser',
    thisOffice: 'Sie sind hier',
    stepFree: 'stufenlos',
    notStepFree: 'nicht stufenlos',
    documents: 'Was muss ich mitbringen?',
    documentsSub: 'Unterlagen und Gebühren zu jedem Anliegen',
    openNow: 'Jetzt geöffnet',
    closedNow: 'Jetzt geschlossen',
    opens: (when: string) => `Öffnet ${when}`,
    waitLabel: 'Ohne Termin',
    bring: 'Bitte mitbringen',
    nothing: 'Sie müssen nichts mitbringen.',
    fee: 'Gebühr',
    free: 'kostenlos',
    inPerson: 'Sie müssen selbst kommen.',
    proxy: 'Jemand anderes kann mit Vollmacht für Sie kommen.',
    takeNumber: 'Dafür eine Nummer ziehen',
    offline: 'Ohne Verbindung zeigen wir nur die Wege im Haus.',
  },

  enrol: {
    title: 'Dieses Gerät anmelden',
    text: 'Geben Sie den Code ein, den die Verwaltung unter „Geräte“ angezeigt bekommt.',
    label: 'Anmeldecode',
    example: 'zum Beispiel K7Q4-M2PX',
    go: 'Anmelden',
    wrong: 'Dieser Code gilt nicht oder nicht mehr. Lassen Sie sich unter „Geräte“ einen neuen anzeigen.',
    network: 'Der Server antwortet nicht. Prüfen Sie das Netz und versuchen Sie es noch einmal.',
    otherKind: 'Dieser Code ist für ein anderes Gerät (Anzeige statt Terminal).',
    revoked: 'Dieses Terminal wurde abgemeldet',
    revokedText: 'Bitte gehen Sie zum Empfang. Für die Verwaltung: Unter „Geräte“ einen neuen Code anzeigen lassen und hier eingeben.',
  },
};

export type TerminalTexts = typeof de;
export default de;
