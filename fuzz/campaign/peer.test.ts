import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { BadInput } from "../bad-input.ts";
import { OBJECTORS } from "../program/index.ts";
import { type CampaignResult, runCampaign } from "./campaign.ts";
import { openPeerBench, type PeerBench } from "./peer.ts";

const main = fileURLToPath(new URL("../../dist/fuzz/cli/main.js", import.meta.url));
const options = {
  connectTimeoutMs: 20_000,
  answerTimeoutMs: 20_000,
  wordsMax: 1000,
  reconnectAttempts: 2,
  reconnectDelayMs: 10,
};

const children: ChildProcess[] = [];
const peers: PeerBench[] = [];
afterEach(async () => {
  for (const { peer } of peers.splice(0)) await peer.close();
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** Starts `capwright serve` in a process of its own; its address once it listens. */
async function serve(...more: string[]): Promise<string> {
  const args = [main, "serve", "--machine", "impl", "--port", "0", ...more];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const [line] = await new Promise<[string]>((resolve) =>
    child.stdout!.once("data", (text) => resolve([String(text)])),
  );
  return /rvfi:\S+/.exec(line)![0];
}

async function open(url: string): Promise<PeerBench> {
  const peer = await openPeerBench(url, options, "strict", OBJECTORS);
  peers.push(peer);
  return peer;
}

function campaign({ bench }: PeerBench, runs: number): Promise<CampaignResult> {
  return runCampaign({
    seed: "peer",
    budget: { runs },
    workers: 0,
    faults: [],
    oracles: OBJECTORS,
    canaries: [],
    accepted: [],
    findingsMax: 1,
    clock: () => performance.now(),
    bench,
  });
}

describe("a campaign against a peer", () => {
  test("holds against our own sound engine", async () => {
    const { record } = await campaign(await open(await serve()), 40);
    expect(record).toMatchObject({ verdict: "holds", machines: { expect: "model" } });
    expect(record.steps).toBeGreaterThan(1000);
  });

  test("finds a planted fault and shrinks it through the peer", async () => {
    const { record, findings } = await campaign(await open(await serve("--fault", "P26")), 400);
    expect(record.verdict).toBe("broken");
    expect(findings[0]).toMatchObject({ shrunk: true, difference: { instruction: "ctoptr" } });
    expect(findings[0]!.program.words.length).toBeLessThanOrEqual(3);
  });

  test("is unknown when the peer goes away, and says why", async () => {
    const peer = await open(await serve());
    children[0]!.kill("SIGKILL");
    await new Promise((resolve) => children[0]!.once("close", resolve));
    const { record } = await campaign(peer, 40);
    expect(record.verdict).toBe("unknown");
    expect(record.reason).toMatch(
      /first without an answer: word 0 \(0x.*; it does not come back after 2 attempts/,
    );
    expect(peer.unanswered()).toHaveLength(1);
  });

  test("is refused where nobody listens", async () => {
    await expect(open("rvfi://127.0.0.1:1")).rejects.toThrow(
      new BadInput("rvfi://127.0.0.1:1: cannot connect (ECONNREFUSED)"),
    );
  });
});
