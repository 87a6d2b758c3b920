/** The API token of a protected server. It is kept for this tab alone, and is sent in a header: never in an address, which others see. */

const KEY = "offhook.token";

export function token(): string | null {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}

export function keepToken(text: string): void {
  try {
    sessionStorage.setItem(KEY, text);
  } catch {
    // It is asked for again at the next request.
  }
}
