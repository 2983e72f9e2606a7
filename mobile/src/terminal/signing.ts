// What this terminal keeps while its line is down is signed, so that the server may believe when somebody came. The key
// lies in the browser's own store and cannot be read out again. `domain/src/devices/taps.rs` writes the same text.
import { openDB, type IDBPDatabase } from 'idb';
import type { Instant } from '$shared/api/types';

export interface Tap {
  /** Names this tap for good. */
  readonly tap_key: string;
  readonly code: string;
  /** When the person stood here, by the town's clock. */
  readonly tapped_at: Instant;
}

/** The key, and the device it belongs to. */
interface Signer {
  device: string;
  key: CryptoKey;
}

export function signedText(device: string, { tap_key, code, tapped_at }: Tap): string {
  return `lotse-tap-1\n${device}\n${tap_key}\n${code}\n${tapped_at}`;
}

const bytesOf = (base64url: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64url.replace(/-/g, '+').replace(/_/g, '/')), (letter) => letter.charCodeAt(0));

const base64url = (bytes: ArrayBuffer): string =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');

/** Browsers sign only where nobody can listen: on https, or on this machine. */
const maySign = (): boolean => typeof crypto !== 'undefined' && crypto.subtle !== undefined;

export class Signing {
  #signer: Signer | null = null;
  #opened: Promise<IDBPDatabase> | null = null;

  constructor(private readonly name = 'lotse-terminal-key') {}

  /** Takes the key over that the server tells the device, at each of its looks at itself. */
  async take(device: string, key: string): Promise<void> {
    if (!maySign() || this.#signer?.device === device) return;
    try {
      const imported = await crypto.subtle.importKey('raw', bytesOf(key), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
      this.#signer = { device, key: imported };
      await (await this.#db()).put('key', this.#signer, 'signer');
    } catch {
      // Without a store the key lasts until the page is loaded anew; an unsigned tap is delivered all the same.
    }
  }

  /** The signature of a tap; null while this terminal has no key. */
  async sign(tap: Tap): Promise<string | null> {
    if (!maySign()) return null;
    try {
      this.#signer ??= ((await (await this.#db()).get('key', 'signer')) as Signer | undefined) ?? null;
      if (!this.#signer) return null;
      const text = new TextEncoder().encode(signedText(this.#signer.device, tap));
      return base64url(await crypto.subtle.sign('HMAC', this.#signer.key, text));
    } catch {
      return null;
    }
  }

  /** The device was signed off: what it keeps from now on is another's. */
  async forget(): Promise<void> {
    this.#signer = null;
    if (!maySign()) return;
    try {
      await (await this.#db()).delete('key', 'signer');
    } catch {
      // Nothing was kept.
    }
  }

  #db(): Promise<IDBPDatabase> {
    this.#opened ??= openDB(this.name, 1, {
      upgrade(database) {
        database.createObjectStore('key');
      },
    });
    return this.#opened;
  }
}
