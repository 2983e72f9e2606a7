// English texts that the desk and operations share.
import type { StaffTexts } from './de';

const en = {
  signIn: {
    title: 'Sign in',
    lead: (area) => `${area} for staff`,
    login: 'Login',
    password: 'Password',
    show: 'Show the password',
    submit: 'Sign in',
    busy: 'Checking …',
    loginMissing: 'Please enter your login.',
    passwordMissing: 'Please enter your password.',
    wrong: 'Login or password is wrong.',
    throttled: (time, rest) => `Too many attempts. You can try again at ${time} (${rest} left).`,
    again: 'You can try again now.',
    demo: 'Accounts of the demonstration',
    roles: { desk: 'Workplace', admin: 'Administration', ops: 'Operations', observer: 'Operations, read only' },
    signedOut: 'You are signed out.',
  },
  expired: {
    title: 'Please sign in again',
    text: 'Your session has expired. What you typed on the page is kept.',
  },
  unreachable: {
    title: 'No connection',
    text: 'The server does not answer. We keep trying by ourselves.',
  },
  feedback: { label: 'Messages', close: 'Close the message' },
  dialog: { cancel: 'Cancel', close: 'Close' },
  fresh: {
    live: (time) => `As of ${time}`,
    connecting: 'Connecting …',
    broken: (time) => `Disconnected, as of ${time}`,
    never: 'Disconnected',
  },
  skip: 'Skip to content',
  menu: 'Menu',
} satisfies StaffTexts;

export default en;
