import { dirname } from "node:path";
import { lastUsedProfile } from "../lib/io/doctor/peerbook.ts";
import { profilePaths } from "../lib/io/profile.ts";
import type { Flags } from "./flags.ts";

/** Where the profile that is meant keeps its data: the one last used, unless it is said. */
export function dataDirectoryOf(flags: Pick<Flags, "text">): string {
  const dataDirectory = flags.text("data-dir");
  const profile = flags.text("profile") ?? flags.text("name");
  // Nobody's: of a data directory the profile's name is no part.
  const named = profilePaths({ profile: profile ?? "none", dataDirectory, env: process.env });
  if (profile !== undefined || dataDirectory !== undefined) return named.dataDirectory;
  return lastUsedProfile(dirname(named.dataDirectory)) ?? named.dataDirectory;
}
