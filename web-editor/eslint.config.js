// Type-aware lint for everything that ships; `innerHTML` and its kin are banned because every text comes from outside.
import js from "@eslint/js";
import globals from "globals";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

const noHtml = ["innerHTML", "outerHTML", "insertAdjacentHTML"].map((name) => ({
  selector: `MemberExpression[property.name='${name}']`,
  message: `${name} would turn a message into markup: build elements and set textContent.`,
}));

export default tseslint.config(
  { ignores: ["dist/", "node_modules/"] },
  js.configs.recommended,
  {
    files: ["**/*.ts", "**/*.tsx"],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "no-restricted-syntax": ["error", ...noHtml],
      // Numbers in a template string are what a template string is for.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // Field names on the wire are snake_case, dictated by the HTTP interface.
      camelcase: "off",
    },
  },
  {
    files: ["src/editor/**/*.tsx"],
    plugins: { "react-hooks": reactHooks },
    rules: { "react-hooks/rules-of-hooks": "error", "react-hooks/exhaustive-deps": "warn" },
  },
  { files: ["**/*.js", "**/*.mjs"], languageOptions: { globals: globals.node } },
);
