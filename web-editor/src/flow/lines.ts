/**
 * Line breaks. A text keeps those it has; the text pane counts each as one unit. This turns places and texts of the one into those of the
 * other.
 */

/** The line break that most lines of a text end with. */
export function breakOf(text: string): "\n" | "\r\n" {
  const all = text.split("\n").length - 1;
  const pairs = text.split("\r\n").length - 1;
  return pairs * 2 > all ? "\r\n" : "\n";
}

/** Where the pairs of a text begin. */
function pairs(text: string): number[] {
  const found: number[] = [];
  for (let at = text.indexOf("\r\n"); at >= 0; at = text.indexOf("\r\n", at + 2)) found.push(at);
  return found;
}

/** How many of the numbers from 0 below `count` come before the first for which `isBefore` no longer holds. */
function before(count: number, isBefore: (index: number) => boolean): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** From a place in the pane to the place in the text. */
export function toText(text: string): (place: number) => number {
  const found = pairs(text);
  // The pair number n begins, in the pane, at its place less n.
  return (place) => place + before(found.length, (n) => (found[n] ?? 0) - n < place);
}

/** From a place in the text to the place in the pane. */
export function toPane(text: string): (place: number) => number {
  const found = pairs(text);
  return (place) => place - before(found.length, (n) => (found[n] ?? 0) < place);
}
