/** Builds `dist/widget.js`: one classic script under a name that never changes, because other people's pages refer to it. */
import { defineConfig } from "vite";

export default defineConfig({
  // The page's static files are already in `dist`.
  publicDir: false,
  build: {
    target: "es2022",
    emptyOutDir: false,
    lib: {
      entry: "src/widget/main.ts",
      formats: ["iife"],
      name: "OffhookWidget",
      fileName: () => "widget.js",
    },
  },
});
