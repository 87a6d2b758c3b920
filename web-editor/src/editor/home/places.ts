/** The places beside the flows: what each is called in the address, and who may see it. Flows themselves are `#/clinic/reception`. */
import { useSession } from "../people/session";

/** The places in the order of the navigation, each with the scope that seeing it takes. */
export const places = [
  { place: "flows", scope: "read" },
  { place: "entries", scope: "read" },
  { place: "files", scope: "read" },
  { place: "secrets", scope: "secrets" },
] as const;

export type Place = (typeof places)[number]["place"];

/** What an address leads to: a flow, or a place. An unknown one leads to the flows. */
export function addressed(hash: string): { id: string } | { place: Place } {
  const id = /^#\/(.+)$/su.exec(hash)?.[1];
  if (id !== undefined) {
    try {
      return { id: decodeURIComponent(id) };
    } catch {
      return { place: "flows" };
    }
  }
  return { place: places.find(({ place }) => `#${place}` === hash)?.place ?? "flows" };
}

export const hashOf = (place: Place): string => (place === "flows" ? "#/" : `#${place}`);

/** Whether scopes suffice. Whoever comes with a token has told the page no scopes: the server decides then, and says so. */
export const allows = (known: { person: unknown; scopes: readonly string[] }, scope: string): boolean => known.person === null || known.scopes.includes(scope);

/** Whether the person who looks may do what a scope is for. */
export const useMay = (scope: string): boolean => useSession((now) => allows(now, scope));
