import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const folders = [
  "model/capability",
  "model/isa",
  "model/machine",
  "impl/capability",
  "impl/wasm",
  "impl/engine",
];

// Tables and formats are computed while modules load. Of a test file that cannot be loaded a runner may say that no test
// failed; here, loading is what is tested. So nothing of the project is imported above.
describe("every module can be loaded", () => {
  test.each(folders)("of %s", async (folder) => {
    const names = readdirSync(`${root}${folder}`).filter((name) => /(?<!\.test)\.ts$/.test(name));
    expect(names.length).toBeGreaterThan(5);
    for (const name of names) {
      const module = (await import(`${root}${folder}/${name}`)) as Record<string, unknown>;
      expect(module).toBeTypeOf("object");
    }
  });
});
