/** Rules for all JavaScript of the repository; `npm run lint` runs them from its root. */

import js from "@eslint/js";
import globals from "globals";

const PAGES = ["clients/browser/src/**/*.js", "examples/upload_server/page/*.js", "local_emulator/inspector/page/*.js"];

export default [
  {
    // The published modules are built from src/.
    ignores: [
      "**/.*/",
      "**/artefacts/",
      "**/types/",
      "clients/browser/upload-progress*.js",
      "clients/node/*.cjs",
      "tests/templates/",
    ],
  },
  js.configs.recommended,
  {
    rules: {
      "array-callback-return": "error",
      "dot-notation": "error",
      eqeqeq: ["error", "always", {null: "ignore"}],
      "func-style": ["error", "declaration", {allowArrowFunctions: true}],
      "no-constructor-return": "error",
      "no-duplicate-imports": "off",
      "no-else-return": "error",
      "no-implicit-coercion": "error",
      "no-lonely-if": "error",
      "no-promise-executor-return": "off",
      "no-self-compare": "error",
      "no-shadow": "error",
      "no-template-curly-in-string": "error",
      "no-throw-literal": "error",
      "no-unneeded-ternary": "error",
      "no-unreachable-loop": "error",
      "no-useless-computed-key": "error",
      "no-useless-rename": "error",
      "no-useless-return": "error",
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-arrow-callback": "error",
      "prefer-const": "error",
      "prefer-template": "error",
    },
  },
  {
    files: PAGES,
    languageOptions: {globals: globals.browser},
  },
  {
    files: [...PAGES, "clients/node/src/**/*.js"],
    rules: {"max-lines-per-function": ["error", {max: 30, skipBlankLines: true, skipComments: true}]},
  },
  {
    files: ["**/*.mjs", "clients/browser/*.js", "clients/browser/tests/**/*.js", "clients/node/**/*.js"],
    languageOptions: {globals: globals.node},
  },
  {
    files: ["clients/browser/tests/{frameworks,applications}/**/*.js"],
    languageOptions: {globals: globals.browser},
  },
];
