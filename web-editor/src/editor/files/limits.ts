/** Bounds of what is shown of the files beside flows. */

/** Cells of a table that is shown as a grid: each is a field on the page, and some thousands keep a slow computer quick. A larger table is downloaded, changed elsewhere and uploaded. */
export const CELLS = 3_000;

/** Bytes of a table that is read to be shown: cells of a hundred letters. */
export const TABLE_BYTES = 300_000;

/** Files that are listed at once. */
export const SHOWN = 50;

/** Bytes of a recording whose length is found without being asked: a minute of telephone sound. */
export const MEASURED_BYTES = 1_000_000;

/** Bytes of a file that is uploaded: what the server takes. */
export const UPLOAD_BYTES = 32 * 1024 * 1024;
