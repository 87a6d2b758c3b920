/** Which flow the address of the page means: `#/clinic/reception`. */

/** The address of a flow's view. */
export function routeTo(id: string): string {
  return `#/${id.split("/").map(encodeURIComponent).join("/")}`;
}

/** The flow's id in a location hash; null when it names none. */
export function flowOf(hash: string): string | null {
  if (!hash.startsWith("#/") || hash.length === 2) return null;
  try {
    return hash.slice(2).split("/").map(decodeURIComponent).join("/");
  } catch {
    return null;
  }
}
