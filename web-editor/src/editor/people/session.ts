/**
 * Whoever uses the editor. Where people sign in, the server knows them by a cookie that no script reads, and every change says a token that
 * only this page knows. An API token, where somebody has only that, is kept until the window is closed.
 */
import { create } from "zustand";

export type Role = "admin" | "designer" | "author" | "reviewer" | "qa" | "viewer";
export const roles: readonly Role[] = ["admin", "designer", "author", "reviewer", "qa", "viewer"];

export interface Person {
  login: string;
  name: string;
  role: Role;
  one_time: boolean;
}

interface SignedIn {
  person: Person | null;
  scopes: string[];
  csrf: string;
  /** Whether people sign in by password at all. */
  by_password: boolean;
}

interface Session {
  /** `out`: nobody is known; `choose`: a password that was given must be changed; `in`: the editor can be used. */
  state: "asking" | "out" | "choose" | "in";
  person: Person | null;
  scopes: readonly string[];
  byPassword: boolean;
}

const url = "/auth/v1/session";
const kept = "offhook.token";
let csrf = "";

export const useSession = create<Session>(() => ({ state: "asking", person: null, scopes: [], byPassword: true }));

function token(): string | null {
  try {
    return sessionStorage.getItem(kept);
  } catch {
    return null;
  }
}

/** What requests to the server carry. */
export function credentials(): Record<string, string> {
  const bearer = token();
  return { ...(csrf === "" ? {} : { "x-csrf-token": csrf }), ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }) };
}

function take(said: SignedIn): void {
  csrf = said.csrf;
  useSession.setState({ person: said.person, scopes: said.scopes, state: said.person?.one_time === true ? "choose" : "in" });
}

/** The server knows nobody by what was sent. */
export function lost(): void {
  csrf = "";
  try {
    sessionStorage.removeItem(kept);
  } catch {
    // Nothing is kept where nothing may be.
  }
  useSession.setState({ state: "out", person: null, scopes: [] });
}

/** Asks who this is. Without a server the editor goes on with what it has. */
export async function begin(): Promise<void> {
  try {
    const response = await fetch(url);
    const said = response.ok ? ((await response.json()) as SignedIn) : null;
    if (said === null || (said.person === null && token() !== null)) useSession.setState({ state: "in" });
    else if (said.person === null && said.scopes.length === 0) {
      useSession.setState({ byPassword: said.by_password });
      lost();
    }
    else take(said);
  } catch {
    useSession.setState({ state: "in" });
  }
}

async function ask(method: string, to: string, body?: unknown): Promise<Response> {
  const headers = { ...credentials(), ...(body === undefined ? {} : { "content-type": "application/json" }) };
  const response = await fetch(to, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  if (response.ok) return response;
  const problem = (await response.json().catch(() => ({}))) as { detail?: string };
  throw new Error(problem.detail ?? response.statusText);
}

export async function signIn(login: string, password: string): Promise<void> {
  take((await (await ask("POST", url, { login, password })).json()) as SignedIn);
}

export async function choose(old: string, next: string): Promise<void> {
  take((await (await ask("PUT", `${url}/password`, { old, new: next })).json()) as SignedIn);
}

export async function signOut(): Promise<void> {
  await ask("DELETE", url).catch(() => null);
  lost();
}

/** Uses an API token, or an API key, if the server knows it. */
export async function takeToken(given: string): Promise<void> {
  const response = await fetch("/api/v1/flows", { headers: { authorization: `Bearer ${given}` } });
  if (!response.ok) throw new Error(((await response.json().catch(() => ({}))) as { detail?: string }).detail ?? response.statusText);
  sessionStorage.setItem(kept, given);
  useSession.setState({ state: "in", person: null, scopes: ["read"] });
}
