// Links that leave or enter the app: the secret link of an SMS, the map, a ready text message.
import type { Appointment } from '$shared/api/types';

/** The token in "/t/7FQ2MKD9TR"; what a messenger glued to the link ("…TR.", "…TR)") is dropped. */
export function tokenOf(path: string): string | null {
  const found = /^\/t\/([A-Za-z0-9_-]+)[^A-Za-z0-9/]*\/?$/.exec(decoded(path));
  return found?.[1] ?? null;
}

/** The token in "/a/7FQ2MKD9TR": the page of an offer, in the SMS. */
export function offerTokenOf(path: string): string | null {
  const found = /^\/a\/([A-Za-z0-9_-]+)[^A-Za-z0-9/]*\/?$/.exec(decoded(path));
  return found?.[1] ?? null;
}

/** The token in "/keine-mails/…": the page on which mails are turned off, linked in a reminder's header. */
export function mailTokenOf(path: string): string | null {
  return /^\/keine-mails\/([A-Za-z0-9_-]+)\/?$/.exec(decoded(path))?.[1] ?? null;
}

/** The token in "/t/7FQ2MKD9TR/verschieben": the page on which an appointment is moved. */
export function moveTokenOf(path: string): string | null {
  return /^\/t\/([A-Za-z0-9_-]+)\/verschieben\/?$/.exec(decoded(path))?.[1] ?? null;
}

export function movePath(token: string): string {
  return `/t/${token}/verschieben`;
}

/** The token in "/t/7FQ2MKD9TR/frueher": the page on which an earlier appointment is wished for. */
export function earlierTokenOf(path: string): string | null {
  return /^\/t\/([A-Za-z0-9_-]+)\/frueher\/?$/.exec(decoded(path))?.[1] ?? null;
}

export function earlierPath(token: string): string {
  return `/t/${token}/frueher`;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** The place on a map of another website; only the office's address goes there. */
export function mapLink({ street, postal_code, city }: Pick<Appointment['office'], 'street' | 'postal_code' | 'city'>): string {
  return `https://www.openstreetmap.org/search?query=${encodeURIComponent(`${street}, ${postal_code} ${city}`)}`;
}

/** Opens the phone's messages with the text typed already; the form both Android and iOS read. */
export function smsLink(number: string, body: string): string {
  return `sms:${number.replace(/[^\d+]/g, '')}?&body=${encodeURIComponent(body)}`;
}

/** "+491713920090" as people write it here: "0171 3920090". */
export function national(number: string): string {
  return number.replace(/\s/g, '').replace(/^\+49(\d{3})(\d+)$/, '0$1 $2');
}
