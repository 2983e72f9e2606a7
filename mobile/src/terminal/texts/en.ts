import type { TerminalTexts } from './de';

const people = (n: number): string => (n === 1 ? '1 person' : `${n}\u00a0people`);

const en: TerminalTexts = {
  terminal: 'Terminal',
  clock: 'Time',
  greeting: { morning: 'Good morning', day: 'Hello', evening: 'Good evening' },
  demoClock: 'Demonstration: the clock and the people are invented.',
  loading: 'One moment please …',
  floorShort: (level) => (level === 0 ? 'Ground' : level > 0 ? `Floor ${level}` : 'Basement'),
  floor: (level) =>
    level === 0
      ? 'ground floor'
      : level > 0
        ? `${level}${({ 1: 'st', 2: 'nd', 3: 'rd' } as Record<number, string>)[level] ?? 'th'} floor`
        : `basement${level === -1 ? '' : ` ${-level}`}`,

  start: {
    title: 'Start',
    ask: 'Tap what you need.',
    waitLabel: 'Wait without appointment',
    waitUnknown: 'Ask at reception',
    freeLabel: 'Free today',
    free: (from) => `Slots from ${from}`,
    freeNone: 'No slots left',
    code: 'I have a code',
    codeSub: 'From the text message or as a QR code. It checks you in.',
    onlyAppointments: 'Today with an appointment only',
    closed: 'Closed just now',
    closedUntil: (when) => `Closed. Opens ${when}`,
    closedSub: 'You can book an appointment now. There are numbers when we are open.',
    onlyAppointmentsSub: 'Choose a free appointment, often still for today.',
    codeSubOffline: 'From the text message or as a QR code. We keep it here.',
    walkIn: 'I have no appointment',
    walkInSub: 'Take a number or choose an appointment for today',
    walkInSubOffline: 'At the moment you get numbers at reception only.',
    info: 'Information',
    infoSub: 'Finding your way, addresses, documents',
    languages: 'Language',
  },

  foyer: 'Foyer code',
  foyerWhy: 'For “I am here” on your own phone',

  room: {
    comeIn: (numbers: string) => `Please come in: ${numbers}`,
    full: 'The house is full at the moment',
    fullText: (n: number) => `You get a number and wait outside. ${people(n)} ${n === 1 ? 'is' : 'are'} waiting there already.`,
    outside: 'Please wait outside',
    outsideSms: 'We will text you when you can come in.',
    outsideScreen: 'This screen and the display say when you can come in.',
  },

  online: {
    choice: 'Do it online',
    choiceSub: 'Many matters need no waiting, right here',
    choicePhone: 'Many matters need no waiting, on your phone',
    title: 'You can do this online',
    sub: 'Tap your matter.',
    private: 'In the end we delete everything you enter here.',
    here: 'Open here',
    hereSub: 'This terminal keeps nothing of it.',
    phone: 'Open on your own phone',
    phoneQr: 'QR code: open the online service on your own phone',
    noAddress: 'No internet address is known for this matter. Please ask at the reception.',
    none: 'No online service is listed at the moment.',
    more: (n: number) => (n === 1 ? '1 more matter' : `${n} more matters`),
    others: 'Other matters',
    done: 'Done, delete everything',
    minutes: (n: number) => (n === 1 ? '1 minute' : `${n} minutes`),
    seconds: (n: number) => (n === 1 ? '1 second' : `${n} seconds`),
    left: (time: string) => `${time} left for you.`,
    warnTitle: 'Do you need more time?',
    warnText: (seconds: number) => `In ${seconds} seconds the online service closes. What you have not sent is deleted.`,
    extend: 'Yes, more time',
  },

  offline: {
    title: (since) => `No connection since ${since}`,
    ask: 'You can still leave your code here.',
    text: 'We keep your code here and hand it in as soon as the line is back. Reception tells you how long you will wait.',
    waiting: (n) => (n === 1 ? '1 stored check-in is waiting.' : `${n} stored check-ins are waiting.`),
    delivering: (n) => (n === 1 ? '1 stored check-in is being handed in.' : `${n} stored check-ins are being handed in.`),
  },

  tools: {
    label: 'Help tools',
    back: 'Back',
    read: 'Read aloud',
    stopReading: 'Stop reading',
    larger: 'Larger',
    smaller: 'Smaller',
    help: 'Help',
    restart: 'Start again',
  },

  help: {
    title: 'We are happy to help',
    text: 'Somebody at reception will help you. Just say what you need.',
    phone: (phone) => `You can call us on ${phone}.`,
    code: 'Do you have a code? It is in our text message: 8 digits, for example',
    close: 'Continue',
  },

  idle: {
    title: 'Are you still there?',
    text: (seconds) =>
      seconds === 1
        ? 'This screen starts again in 1 second.'
        : `This screen starts again in ${seconds} seconds. That keeps your details private.`,
    stay: 'Yes, I need more time',
    leave: 'I am done',
  },

  code: {
    title: 'Your code, please',
    where: '8 digits, you find them in our text message:',
    sms: ['Termin bestätigt: Mo 23.11. 10:20 Uhr, Bürgerbüro, Rathausplatz 1. Check-in-Code ', '. Absagen: Antwort STORNO.'],
    typed: (digits, left) =>
      digits === ''
        ? 'No digit entered yet'
        : left === 0
          ? `Entered: ${digits}. Complete.`
          : `Entered: ${digits}, ${left === 1 ? '1 digit' : `${left} digits`} to go`,
    digits: 'Digits',
    erase: 'Delete last digit',
    go: 'Next',
    scan: 'Scan QR code',
    lost: 'Lost code',
    checking: 'We are checking …',
    slip: 'One digit is not right',
    slipText: 'Please compare with the text message. You have not used up a try.',
  },

  scan: {
    title: 'QR code to the camera',
    text: 'Hold the QR code of your confirmation about 20 cm in front of the camera.',
    looking: 'The camera is looking for the code.',
    starting: 'The camera is starting …',
    noCamera: 'The camera does not work right now',
    noCameraText: 'Please type the 8 digits. They are below the QR code and in the text message.',
    foreign: 'This QR code does not belong to an appointment with us.',
    type: 'Type the code',
    picture: 'Picture of the camera',
  },

  success: {
    title: 'You are checked in. Your number:',
    already: 'You are already checked in. Your number:',
    walkIn: 'Your number:',
    number: (number) => `Number ${number}`,
    go: (letter) => `Please go to waiting area ${letter}`,
    goLater: (letter) => `Then go to waiting area ${letter}`,
    plan: (letter, floor) => `Plan: from here to waiting area ${letter}, ${floor}`,
    here: 'You are here',
    area: 'Waiting area',
    waitLabel: 'Your turn in about',
    waitUnknown: 'We will call you',
    callLabel: 'You are called by',
    callBoth: 'Display and SMS',
    callDisplay: 'Display',
    early: (time) => `We may call you before ${time}.`,
    onTime: (time) => `Your appointment is at ${time}.`,
    late: (time) => `Your appointment was at ${time}. Your place is still free.`,
    tooLate: (time) => `Your appointment was at ${time}. We will still see you today, but it may take longer.`,
    print: 'Print number',
    done: 'Done',
    closes: (seconds) => (seconds === 1 ? 'This screen closes in 1 second.' : `This screen closes in ${seconds} seconds.`),
    longer: 'Show longer',
    onPhone: 'Number on your phone',
    qr: 'QR code: follow your number on your own phone',
    printedAt: (when) => `taken on ${when}`,
  },

  stored: {
    title: 'Your code is stored',
    text: (time) => `Kept here at ${time}. As soon as the line is back, we check you in.`,
    what: 'What to do now',
    unchecked: 'We could not check the code yet. Please tell reception that you are here.',
    zone: (letter, floor) => `Then take a seat in waiting area ${letter}, ${floor}.`,
    again: 'Enter the code here again later: then you will see your number.',
    lostDevice: 'This terminal cannot store anything right now. Please go to reception.',
  },

  refused: {
    title: 'That did not work',
    what: 'What would you like to do?',
    again: 'Enter the code again',
    againSub: 'Please compare the 8 digits with the text message.',
    scan: 'Scan QR code',
    lost: 'Lost code',
    lostSub: 'We send it again to your mobile number.',
    walkIn: 'Wait today without appointment',
    walkInSub: (wait) => (wait === null ? 'You get a number.' : `Now ${wait} You get a number.`),
    walkInKeeps: (day, wait) =>
      wait === null ? `The appointment on ${day} stays.` : `About ${wait} The appointment on ${day} stays.`,
    home: 'To the start',
    reception: 'Somebody at reception will help you.',

    unknown: 'We do not know this code',
    unknownText: 'It may be old or belong to another town hall.',
    tries: (n) => (n === 1 ? '1 try left, then a short wait.' : `${n} tries left.`),

    otherDay: (weekday) => `Your appointment is on ${weekday}`,
    otherDayPast: (weekday) => `Your appointment was on ${weekday}`,
    otherDayText: (code) => `The code ${code} is right. It is for this day and this place:`,
    otherDayCome: (weekday) => `Come on ${weekday}`,
    otherDayComeSub: 'Nothing changes. Your code stays the same, we remind you the day before.',

    today: 'Move to today',
    todayLoading: 'We are looking what is free today …',
    todayFree: (times, more) => `Free at ${times}${more ? ', and later' : ''}.`,
    todayNone: 'No appointment is free here today.',
    todayOffline: 'Without a connection only reception can do this.',
    todayFailed: 'This does not work just now. Please ask at reception.',

    otherOffice: 'Your appointment is in another building',
    otherOfficeText: (code) => `The code ${code} is right. Please go there:`,
    otherOfficeGo: 'I will go there',
    otherOfficeGoSub: 'Check in at the terminal there with the same code.',

    expired: 'The time for this code is over',
    expiredText: (time) =>
      `${time === null ? '' : `Your appointment was at ${time}. `}Reception will see what is possible today.`,

    cancelled: 'This appointment is cancelled',
    cancelledText: 'If you did not cancel it yourself, please ask at reception.',

    notConfirmed: 'This appointment was not confirmed',
    notConfirmedText: 'The code of the first text message was never entered. Reception will see what is possible today.',

    tooMany: 'Please wait a moment',
    tooManyText: (time) =>
      `Too many wrong codes were entered here. ${time === null ? '' : `It goes on at ${time}. `}Reception can help at once.`,
    tooManySeconds: (seconds) => 
      seconds <= 1
        ? 'It goes on in a moment.'
        : seconds <= 90
          ? `It goes on in ${seconds} seconds.`
          : `It goes on in ${Math.ceil(seconds / 60)} minutes.`,

    busy: 'This is taking longer',
    busyText: 'Please try again or go to reception.',
    retry: 'Try again',
  },

  move: {
    title: 'Move to today',
    ask: 'When would you like to come today?',
    was: 'Your appointment so far',
    becomes: 'Your appointment then',
    today: (time) => `today, ${time}`,
    notYet: 'Tap a time below',
    later: 'Show later times',
    earliest: 'Show the first times again',
    givenUp: (when) => `We give away your appointment on ${when}. It will be somebody else’s.`,
    go: (time) => `Move to ${time} and check in`,
    goFirst: 'Please choose a time first',
    moving: 'Moving …',
    keep: (weekday) => `No, I will come on ${weekday}`,
    taken: 'This time has just gone',
    takenText: 'Your appointment has not changed. Please choose another time.',
    offline: 'The connection is down',
    busy: 'This is taking longer',
    retryText: 'Please tap again in a minute. Or go to reception.',
  },

  lost: {
    title: 'Lost your code?',
    ask: 'Enter your mobile number. We send you the code again by text message.',
    typed: (digits) => (digits === '' ? 'No digit entered yet' : `Entered: ${digits}`),
    label: 'Mobile number',
    send: 'Send',
    invalid: 'This is not a German mobile number. They begin with 015, 016 or 017.',
    sentTitle: 'Look at your phone',
    sentText: (number) =>
      `If an appointment is booked today for ${number}, a text message with the code is on its way.`,
    sentNothing: 'No message after 2 minutes? Then nothing is booked today with this number. Please ask at reception.',
    offline: 'Without a connection we cannot send text messages. Reception will find your appointment.',
    enter: 'Enter code',
  },

  services: {
    title: 'What is it about?',
    sub: 'Choose, or type a word.',
    popular: 'Often asked for',
    search: 'Search',
    searchFor: 'Search word',
    placeholder: 'for example passport, car, moving',
    results: (n) => (n === 1 ? '1 match' : `${n} matches`),
    none: (word) => `We found nothing for “${word}”`,
    noneSub: 'Try another word. Somebody at reception will help you.',
    empty: 'There are no numbers without appointment here today.',
    keyboard: 'Keyboard on the screen',
    space: 'Space',
    eraseLetter: 'Delete last letter',
    closeKeyboard: 'Show list',
    more: 'Show more',
    offline: 'Without a connection you get numbers at reception only.',
  },

  choose: {
    title: 'Today without appointment',
    titleOnly: 'Appointment only',
    titleClosed: 'Closed just now',
    closed: 'There are numbers again when we are open. You can book an appointment now.',
    closedUntil: (when) => `We open ${when}. There are no numbers until then. You can book an appointment now.`,
    appointmentOnly: 'There are no numbers for this service, only appointments.',
    duration: (min) => `takes about ${min} min`,
    wait: (range) => `Wait now, ${range}`,
    waitUnknown: 'Wait now',
    waitSub: (ahead) =>
      ahead === 0
        ? 'Nobody is before you. You get a number.'
        : `${people(ahead)} before you. You get a number and may go outside until you are called.`,
    slots: 'Or an appointment today, without waiting',
    slotsNote: 'You enter your name and mobile number and get a code.',
    noSlots: 'No appointment is free today.',
    otherDay: 'On another day',
    online: 'Is it possible online?',
    documents: 'What do I need?',
    sms: 'A text message when it is your turn?',
    smsText: 'With your mobile number we let you know. It works without, too.',
    withSms: 'Yes, by text message',
    withSmsSub: 'You enter your mobile number and may go outside.',
    withoutSms: 'No, without',
    withoutSmsSub: 'You watch the display in the waiting area.',
    drawShort: 'Next',
    axis: (wait, slots) => `Comparison: ${wait === null ? '' : `waiting from now means a call ${wait}; `}free slots: ${slots}`,
    axisNow: 'now',
    axisWait: 'Wait',
    axisBetween: (low, high) => `between ${low} and ${high}`,
    axisHour: (hour) => `${hour}:00`,
    noTicket: 'There are no numbers for this today',
    noTicketText: 'Choose an appointment or ask at reception.',
  },

  book: {
    title: (time) => `Appointment today at ${time}`,
    nameTitle: 'Your name',
    nameSub: 'First and last name, as on your identity card',
    nameLabel: 'First and last name',
    phoneTitle: 'Your mobile number',
    phoneSub: 'We are about to send a code with 6 digits there.',
    verifyTitle: 'Code from the text message',
    verifySub: (to) => `6 digits, just sent to ${to}`,
    wrong: (left) => (left === 1 ? 'That is not right. 1 try left.' : `That is not right. ${left} tries left.`),
    dead: 'This code is no longer valid.',
    resend: 'Send the code again',
    resent: 'Just sent again.',
    tooSoon: (time) => `You can have it sent again from ${time}.`,
    held: (time) => `The appointment is kept for you until ${time}.`,
    taken: 'Somebody has just taken this appointment',
    takenText: 'Please choose another one.',
    missing: 'Please fill in this field.',
    next: 'Next',
    bookedTitle: 'Your appointment is booked',
    bookedCode: 'Your code for today',
    bookedText: (time) => `Come back at ${time} and enter this code here. It is in the text message, too.`,
    needsApp: 'We need more details for this. It is easiest with your phone or at reception.',
  },

  elsewhere: {
    title: 'Book with your phone',
    text: 'Take the QR code with your phone. There you see all free days.',
    onlineYes: 'Yes, this is possible online. You do not have to come.',
    onlinePartly: 'A part of it is possible online.',
    onlineNo: 'No, you have to come here once for this.',
    onlineQr: 'QR code: to the page on the Internet',
    bookQr: 'QR code: to book on your own phone',
    close: 'Got it',
  },

  info: {
    title: 'Information',
    sub: 'Finding your way, addresses, documents',
    here: 'In this building',
    zones: 'Waiting areas',
    offices: 'Our buildings',
    thisOffice: 'You are here',
    stepFree: 'step-free',
    notStepFree: 'not step-free',
    documents: 'What must I bring?',
    documentsSub: 'Documents and fees for every matter',
    openNow: 'Open now',
    closedNow: 'Closed now',
    opens: (when) => `Opens ${when}`,
    waitLabel: 'Without appointment',
    bring: 'Please bring',
    nothing: 'You need not bring anything.',
    fee: 'Fee',
    free: 'free of charge',
    inPerson: 'You have to come yourself.',
    proxy: 'Somebody else may come for you with a written authority.',
    takeNumber: 'Take a number for this',
    offline: 'Without a connection we only show the way inside the building.',
  },

  enrol: {
    title: 'Register this device',
    text: 'Enter the code that the administration sees under “Geräte”.',
    label: 'Registration code',
    example: 'for example K7Q4-M2PX',
    go: 'Register',
    wrong: 'This code is not valid or no longer valid. Have a new one shown under “Geräte”.',
    network: 'The server does not answer. Check the network and try again.',
    otherKind: 'This code is for another device (display instead of terminal).',
    revoked: 'This terminal has been signed off',
    revokedText: 'Please go to reception. For the administration: have a new code shown under “Geräte” and enter it here.',
  },
};

export default en;
