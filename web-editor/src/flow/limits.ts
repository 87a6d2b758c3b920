/** Bounds of the editor, each with its reason. */

/** Steps that can be undone; a day's work, and small, since a step holds only what it changed. */
export const UNDO_STEPS = 1_000;

/** Keystrokes within this time are one step. */
export const MERGE_MS = 1_500;

/** How long a field waits for more letters before it writes: shorter than a pause for thought, longer than between two keys. */
export const FIELD_MS = 350;

/** How long the text rests before it is read anew; a reader of 2,000 nodes needs about as long. */
export const READ_MS = 120;

/** Letters of a card's summary; two lines of it are seen. */
export const SUMMARY_LETTERS = 120;

/** Levels of a form; deeper values are edited as JSON. */
export const FORM_DEPTH = 6;

/** Steps under which the outline opens by itself. */
export const OPEN_DEPTH = 12;

/** How long a draft rests before it is put into the browser's own store. */
export const DRAFT_MS = 800;

/** Choices that a list shows at once; typing narrows it. */
export const PICKS = 80;

/** Lines of a trial. A person who tries a flow by hand never comes near. */
export const TRIAL_LINES = 300;

/** Other flows that are fetched to be checked against; a tenant with more sees those beyond as unknown, and the server knows better. */
export const LIBRARY_FLOWS = 500;
