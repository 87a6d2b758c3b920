/** Builds the pages at `/`, `/docs` and `/editor`: `dist/*.html` and their hashed assets. The widget has its own configuration beside this one. */
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** Where `npm run dev` finds the server: every path that is not a file of this room goes there. */
const server = process.env.OFFHOOK_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  worker: { format: "es" },
  build: {
    target: "es2022",
    // An inlined asset would be a `data:` address, which the page's content security policy refuses.
    assetsInlineLimit: 0,
    // The polyfill is an inline-like module that every supported browser no longer needs.
    modulePreload: { polyfill: false },
    rolldownOptions: { input: ["index.html", "docs.html", "editor.html"] },
  },
  server: {
    proxy: {
      "/api": server,
      "/chat": { target: server, ws: true },
      "/openapi.json": server,
      "/metrics": server,
    },
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
