/** The editor's own words, by locale. A new language is one catalogue and one line here; what the flow and the engine say is theirs. */
import i18next from "i18next";
import { initReactI18next, useTranslation } from "react-i18next";
import { en } from "./en";

export type Catalogue = typeof en;

/** English comes with the page; other languages are fetched when they are wished. */
const others: Record<string, () => Promise<Catalogue>> = {
  es: async () => (await import("./es")).es,
};

export const languages = ["en", ...Object.keys(others)];

/** The first language of the browser that there is, unless another was chosen. */
export function wished(chosen: string | null, browser: readonly string[]): string {
  const all = [...(chosen === null ? [] : [chosen]), ...browser].map((locale) => locale.split("-")[0]?.toLowerCase() ?? "");
  return all.find((language) => languages.includes(language)) ?? "en";
}

export async function speak(language: string): Promise<void> {
  if (!i18next.isInitialized) {
    await i18next.use(initReactI18next).init({
      lng: "en", fallbackLng: "en", resources: { en: { translation: en } }, interpolation: { escapeValue: false }, returnNull: false,
    });
  }
  const load = others[language];
  if (load && !i18next.hasResourceBundle(language, "translation")) i18next.addResourceBundle(language, "translation", await load());
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}

/** A word outside of components. */
export const t = (key: string, values: Record<string, unknown> = {}): string => i18next.t(key, values);

/** The words within a component, which is drawn anew when the language changes. */
export function useWords(): (key: string, values?: Record<string, unknown>) => string {
  const { t: translate } = useTranslation();
  return (key, values = {}) => translate(key, values);
}

/** What people call an exit: by its act where it is a common one, else by its own name. */
export function exitWords(name: string): string {
  const key = `exits.${name}`;
  return i18next.exists(key) ? i18next.t(key) : name.replace(/[_-]+/gu, " ");
}
