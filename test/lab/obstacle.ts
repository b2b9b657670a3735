import { existsSync } from "node:fs";
import { removeNamespaces, PATH, run } from "./namespaces.ts";
import { PREFIX } from "./topology.ts";

/** Why there can be no lab here, or undefined where there can. */
export async function obstacle(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return "needs root and network namespaces";
  if (Bun.which("ip", PATH) === null || Bun.which("nft", PATH) === null) {
    return "needs ip and nft: bash test/setup.sh";
  }
  if (!existsSync("/dev/net/tun")) return "needs /dev/net/tun";

  const probe = `${PREFIX}-${process.pid}-probe`;
  const table = "table ip nat { chain post { type nat hook postrouting priority srcnat; }; }";
  try {
    await run(["ip", "netns", "add", probe]);
    await run(["ip", "netns", "exec", probe, "nft", "-f", "-"], table);
    return undefined;
  } catch {
    return "needs root and network namespaces";
  } finally {
    await removeNamespaces((name) => name === probe);
  }
}
