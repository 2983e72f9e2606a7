// Tables as files for a spreadsheet: semicolons and a byte order mark, as German Excel reads them, and nothing in a cell
// that the spreadsheet would run as a formula.
import { i18n } from '$shared/i18n/index.svelte';
import { saveFile } from '$shared/save-file';

export type Cell = string | number | null;

/** A table as it stands on the page and in a file. */
export interface Table {
  /** What it is about. */
  title: string;
  columns: string[];
  rows: Cell[][];
}

/** The text of a CSV file. */
export function csv(table: Pick<Table, 'columns' | 'rows'>): string {
  const lines = [table.columns, ...table.rows].map((row) => row.map(cell).join(';'));
  return `\u{feff}${lines.join('\r\n')}\r\n`;
}

/** One cell: numbers with the comma of the language, texts so that they stay texts. */
function cell(value: Cell): string {
  if (value === null) return '';
  if (typeof value === 'number') return i18n.lang === 'de' ? String(value).replace('.', ',') : String(value);
  // What begins like a formula is told to be a text (OWASP: CSV injection).
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[";\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Hands a table to the browser as a file. */
export function download(name: string, table: Pick<Table, 'columns' | 'rows'>): void {
  saveFile(`${name}.csv`, new Blob([csv(table)], { type: 'text/csv;charset=utf-8' }));
}
