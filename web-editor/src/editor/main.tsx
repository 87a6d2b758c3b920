/** The page at `/editor`. */
import { createRoot } from "react-dom/client";
import App from "./app";
import "./editor.css";
import Gate from "./people/sign-in";
import { speak, wished } from "./words/words";

let chosen: string | null = null;
try {
  chosen = JSON.parse(localStorage.getItem("offhook.language") ?? "null") as string | null;
} catch {
  // Nothing was chosen that can be read.
}
await speak(wished(chosen, navigator.languages));
const root = document.getElementById("root");
if (root) createRoot(root).render(<Gate><App /></Gate>);
