import { existsSync, readFileSync } from "node:fs";
import type { FirewallFacts } from "../../contract/checks.ts";

/** How long a tool that lists rules is waited for. */
const TOOL_MS = 1000;

const UFW = "/etc/ufw/ufw.conf";

/** What can be told of this machine's own firewall: on Linux, and of its rules by root alone. */
export function readFirewall(): FirewallFacts {
  if (process.platform !== "linux") {
    return unknown(`what the firewall of ${process.platform} lets in cannot be told from here`);
  }
  const rules = isRoot() ? (listedBy("nft", "list", "ruleset") ?? "") : "";
  if (rules !== "") return { by: "nftables", isClosed: isClosedByNft(rules), obstacle: "" };
  const tables = isRoot() ? listedBy("iptables", "-S", "INPUT") : undefined;
  if (tables !== undefined) {
    return { by: "iptables", isClosed: isClosedByIptables(tables), obstacle: "" };
  }
  if (/^ENABLED=yes/m.test(read(UFW))) return { by: "ufw", isClosed: true, obstacle: "" };
  if (existsSync("/run/firewalld.pid")) return { by: "firewalld", isClosed: true, obstacle: "" };
  if (!isRoot()) return unknown("only root may read the rules: run it once more as root");
  return { by: "none", isClosed: false, obstacle: "" };
}

/** A chain of what comes in, whose last word is to drop or reject, whether as policy or rule. */
export function isClosedByNft(rules: string): boolean {
  const chains = rules.split(/\bchain\s+\S+\s*\{/).slice(1);
  const incoming = chains.filter((chain) => /type filter hook input\b/.test(chain));
  return incoming.some((chain) => {
    if (/policy drop;/.test(chain)) return true;
    const lines = (chain.split("}")[0] ?? "").split("\n").map((line) => line.trim());
    const last = lines.findLast((line) => line !== "") ?? "";
    return /^(?:counter\b.*\b)?(?:drop|reject\b.*)$/.test(last);
  });
}

/** The same for what `iptables -S INPUT` lists. */
export function isClosedByIptables(rules: string): boolean {
  const lines = rules.split("\n").filter((line) => line !== "");
  if (lines.some((line) => /^-P INPUT (?:DROP|REJECT)$/.test(line))) return true;
  return /^-A INPUT -j (?:DROP|REJECT)\b/.test(lines.at(-1) ?? "");
}

function unknown(obstacle: string): FirewallFacts {
  return { by: undefined, isClosed: false, obstacle };
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** Undefined where there is no such tool, or it cannot say. */
function listedBy(tool: string, ...args: string[]): string | undefined {
  const path = Bun.which(tool, { PATH: `/usr/sbin:/sbin:${process.env["PATH"] ?? ""}` });
  if (path === null) return undefined;
  const run = Bun.spawnSync([path, ...args], { stderr: "ignore", timeout: TOOL_MS });
  return run.success ? run.stdout.toString() : undefined;
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
