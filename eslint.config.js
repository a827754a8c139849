// A short, type-aware list: what biome cannot see without types. Everything else is biome's.
import tseslint from "typescript-eslint";

export default tseslint.config(
  {
    ignores: ["dist/**", "out/**", "coverage/**", "node_modules/**", "*.config.*", ".dependency-cruiser.cjs"],
  },
  {
    files: ["**/*.ts"],
    languageOptions: { parser: tseslint.parser, parserOptions: { projectService: true } },
    plugins: { "@typescript-eslint": tseslint.plugin },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      "@typescript-eslint/no-unnecessary-condition": "error",
      "@typescript-eslint/only-throw-error": "error",
      "@typescript-eslint/await-thenable": "error",
    },
  },
  {
    // The reference is BigInt: 32-bit, signed Number shifts are a classic source of wrong capability code.
    files: ["model/**/*.ts"],
    rules: {
      "no-restricted-syntax": [
        "error",
        { selector: "ClassDeclaration", message: "The model has no classes: plain data and functions." },
        {
          selector: "BinaryExpression[operator='>>>']",
          message: "The model computes in BigInt; >>> exists only for Number.",
        },
      ],
    },
  },
);
