import type { ArgsDef } from "citty";
import { dirname } from "node:path";
import { lastUsedProfile } from "../lib/io/doctor/peerbook.ts";
import { profilePaths } from "../lib/io/profile.ts";
import type { Flags } from "./flags.ts";

/** Whose files a command looks at that does not chat. */
export const PROFILE_ARGS: ArgsDef = {
  name: { type: "string", valueHint: "NAME", description: "whose; else that used last" },
  profile: { type: "string", valueHint: "P", description: "the same, where it is not the name" },
  "data-dir": { type: "string", valueHint: "DIR", description: "where that profile is kept" },
};

/** Where the profile that is meant keeps its data: the one last used, unless it is said. */
export function dataDirectoryOf(flags: Flags): string {
  const dataDirectory = flags.text("data-dir");
  const profile = flags.text("profile") ?? flags.text("name");
  // Nobody's: of a data directory the profile's name is no part.
  const named = profilePaths({ profile: profile ?? "none", dataDirectory, env: process.env });
  if (profile !== undefined || dataDirectory !== undefined) return named.dataDirectory;
  return lastUsedProfile(dirname(named.dataDirectory)) ?? named.dataDirectory;
}
