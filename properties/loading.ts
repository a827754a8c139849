/** That modules can be loaded at all: tables and formats are computed while they are. */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Of a test file that cannot be loaded a runner may say that no test failed; here, loading is what is tested. So whoever
 * calls this imports nothing else of the project.
 */
export function everyModuleLoads(folders: readonly string[]): void {
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
}
