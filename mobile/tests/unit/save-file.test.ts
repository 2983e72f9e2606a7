import { afterEach, expect, it, vi } from 'vitest';
import { saveFile } from '../../src/shared/save-file';

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

it('hands a file over under its name and lets go of it later', () => {
  vi.useFakeTimers();
  const kept = vi.spyOn(URL, 'createObjectURL').mockReturnValue('blob:one');
  const gone = vi.spyOn(URL, 'revokeObjectURL').mockReturnValue();
  const clicked = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    expect([this.download, this.href]).toEqual(['einrichtung.json', 'blob:one']);
  });
  const file = new Blob(['{}']);
  saveFile('einrichtung.json', file);
  expect([kept.mock.calls, clicked.mock.calls.length, gone.mock.calls.length]).toEqual([[[file]], 1, 0]);
  vi.runAllTimers();
  expect(gone).toHaveBeenCalledWith('blob:one');
});
