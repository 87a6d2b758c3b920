/**
 * A table as rows of cells (CSV, RFC 4180). A row that nobody changes keeps its bytes: quotes that were not needed, spaces, its line break.
 */

export interface Row {
  cells: string[];
  /** The row as it stands in the file, its line break included; nothing once it has been changed. */
  raw: string | null;
}

export interface Grid {
  /** Whether the file begins with a byte order mark. */
  mark: boolean;
  newline: string;
  rows: Row[];
}

/** Reads a table; empty lines are rows without cells, as the server skips them. */
export function readCsv(text: string): Grid {
  const mark = text.startsWith("\uFEFF");
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const rows: Row[] = [];
  let at = mark ? 1 : 0;
  while (at < text.length) {
    const start = at;
    const cells: string[] = [];
    let ended = false;
    while (!ended) {
      let cell = "";
      if (text[at] === '"') {
        at += 1;
        for (;;) {
          const close = text.indexOf('"', at);
          if (close < 0) {
            cell += text.slice(at);
            at = text.length;
            break;
          }
          cell += text.slice(at, close);
          at = close + 1;
          if (text[at] !== '"') break;
          cell += '"';
          at += 1;
        }
      }
      const rest = /[^,\r\n]*/uy;
      rest.lastIndex = at;
      const plain = rest.exec(text)?.[0] ?? "";
      cell += plain;
      at += plain.length;
      cells.push(cell);
      if (text[at] === ",") at += 1;
      else ended = true;
    }
    if (text.startsWith("\r\n", at)) at += 2;
    else if (at < text.length) at += 1;
    rows.push({ cells: cells.length === 1 && cells[0] === "" ? [] : cells, raw: text.slice(start, at) });
  }
  return { mark, newline, rows };
}

const written = (cell: string): string => (/[",\r\n]|^\s|\s$/u.test(cell) ? `"${cell.replace(/"/gu, '""')}"` : cell);

/** Writes a table: what was not changed byte for byte. */
export function writeCsv({ mark, newline, rows }: Grid): string {
  const lines = rows.map(({ cells, raw }, index) => {
    // A last line without its end gets one when another row comes after it.
    if (raw !== null) return index < rows.length - 1 && !/[\r\n]$/u.test(raw) ? `${raw}${newline}` : raw;
    return `${cells.length === 1 && cells[0] === "" ? '""' : cells.map(written).join(",")}${newline}`;
  });
  return `${mark ? "\uFEFF" : ""}${lines.join("")}`;
}

const width = (grid: Grid): number => grid.rows[0]?.cells.length ?? 0;

export const cellsOf = (grid: Grid): number => grid.rows.reduce((sum, { cells }) => sum + cells.length, 0);

export function setCell(grid: Grid, row: number, column: number, text: string): Grid {
  const rows = grid.rows.map((one, index) => {
    if (index !== row || one.cells[column] === text) return one;
    const cells = Array.from({ length: Math.max(one.cells.length, column + 1) }, (_, at) => (at === column ? text : (one.cells[at] ?? "")));
    return { cells, raw: null };
  });
  return { ...grid, rows };
}

/** Puts an empty row behind another. */
export function addRow(grid: Grid, behind: number): Grid {
  const fresh: Row = { cells: Array.from({ length: width(grid) }, () => ""), raw: null };
  return { ...grid, rows: [...grid.rows.slice(0, behind + 1), fresh, ...grid.rows.slice(behind + 1)] };
}

export const removeRow = (grid: Grid, row: number): Grid => ({ ...grid, rows: grid.rows.filter((_, index) => index !== row) });

/** Puts a column at the end. */
export function addColumn(grid: Grid, name: string): Grid {
  const end = width(grid);
  return { ...grid, rows: grid.rows.map((row, index) => (row.cells.length === 0 ? row : { cells: [...row.cells, ...Array.from({ length: Math.max(0, end - row.cells.length) }, () => ""), index === 0 ? name : ""], raw: null })) };
}

export function removeColumn(grid: Grid, column: number): Grid {
  return { ...grid, rows: grid.rows.map((row) => (column < row.cells.length ? { cells: row.cells.filter((_, at) => at !== column), raw: null } : row)) };
}
