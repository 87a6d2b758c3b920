import { describe, expect, it } from "vitest";
import { addColumn, addRow, cellsOf, readCsv, removeColumn, removeRow, setCell, writeCsv } from "./csv";

const SAMPLES = [
  "", "a\n", "a,b\n1,2\n", "a,b\r\n1,2\r\n", "\uFEFFa,b\n1,2", 'a,"b"\n"x ""y""",\n', 'a\n"two\nlines"\n\n  spaced , kept\n', "a,b\n1\n1,2,3\n", 'a\n"never closed',
];

describe("tables", () => {
  it("keep every byte that nobody changes", () => {
    for (const sample of SAMPLES) expect(writeCsv(readCsv(sample))).toBe(sample);
  });

  it("are read as RFC 4180 says", () => {
    expect(readCsv('name,"price:decimal"\r\n"Smith, J.","say ""hi"""\r\n').rows.map(({ cells }) => cells)).toEqual([["name", "price:decimal"], ["Smith, J.", 'say "hi"']]);
    expect(readCsv("a\n\nb\n").rows.map(({ cells }) => cells)).toEqual([["a"], [], ["b"]]);
    expect(cellsOf(readCsv("a,b\n1,2\n"))).toBe(4);
  });

  it("change the row that is changed, and no other", () => {
    const before = 'a,"b"\r\n"1",2\r\n"3",4\r\n';
    expect(writeCsv(setCell(readCsv(before), 1, 1, 'x,"y"'))).toBe('a,"b"\r\n1,"x,""y"""\r\n"3",4\r\n');
    expect(writeCsv(setCell(readCsv(before), 2, 0, "3"))).toBe(before);
    expect(writeCsv(addRow(readCsv("a,b\n1,2"), 1))).toBe("a,b\n1,2\n,\n");
    expect(writeCsv(removeRow(readCsv(before), 1))).toBe('a,"b"\r\n"3",4\r\n');
    expect(writeCsv(addColumn(readCsv("a\n1\n"), "b"))).toBe("a,b\n1,\n");
    expect(writeCsv(removeColumn(readCsv("a,b\n1,2\n"), 0))).toBe("b\n2\n");
    // A row that has one empty cell is not an empty line.
    expect(readCsv(writeCsv(addRow(readCsv("a\n1\n"), 1))).rows).toHaveLength(3);
  });

  it("come back as they were typed", () => {
    for (const cell of ["", " ", "a,b", 'a"b', "a\nb", "a\r\nb", " lead", "ä €"]) {
      const grid = setCell(addRow(readCsv("a,b\n"), 0), 1, 0, cell);
      expect(readCsv(writeCsv(grid)).rows[1]?.cells[0]).toBe(cell);
    }
  });
});
