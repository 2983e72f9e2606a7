// German texts that the desk and operations share: signing in, the session, messages, dialogs.
const de = {
  signIn: {
    title: 'Anmelden',
    lead: (area: string) => `${area} für Beschäftigte`,
    login: 'Anmeldename',
    password: 'Passwort',
    show: 'Passwort anzeigen',
    submit: 'Anmelden',
    busy: 'Wird geprüft …',
    loginMissing: 'Bitte geben Sie Ihren Anmeldenamen ein.',
    passwordMissing: 'Bitte geben Sie Ihr Passwort ein.',
    wrong: 'Anmeldename oder Passwort stimmt nicht.',
    throttled: (time: string, rest: string) =>
      `Zu viele Versuche. Ab ${time} Uhr geht es wieder (noch ${rest}).`,
    again: 'Sie können es jetzt wieder versuchen.',
    demo: 'Konten der Vorführung',
    roles: { desk: 'Arbeitsplatz', admin: 'Verwaltung', ops: 'Betrieb', observer: 'Betrieb, nur Einsicht' } as Record<string, string>,
    signedOut: 'Sie sind abgemeldet.',
  },
  expired: {
    title: 'Bitte melden Sie sich wieder an',
    text: 'Ihre Sitzung ist abgelaufen. Ihre Eingaben auf der Seite bleiben erhalten.',
  },
  unreachable: {
    title: 'Keine Verbindung',
    text: 'Der Server antwortet nicht. Wir versuchen es von selbst weiter.',
  },
  feedback: { label: 'Meldungen', close: 'Meldung schließen' },
  dialog: { cancel: 'Abbrechen', close: 'Schließen' },
  fresh: {
    live: (time: string) => `Stand ${time}`,
    connecting: 'Verbindet …',
    broken: (time: string) => `Getrennt, Stand ${time}`,
    never: 'Getrennt',
  },
  skip: 'Zum Inhalt springen',
  menu: 'Menü',
};

export default de;
export type StaffTexts = typeof de;
