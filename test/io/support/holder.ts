import { Failure } from "../../../lib/io/failure.ts";
import { Profile, profilePaths } from "../../../lib/io/profile.ts";

/** The file to run; its argument is a directory, which it holds as a profile until it is killed. */
export const HOLDER = import.meta.path;

if (import.meta.main) {
  const dataDirectory = process.argv[2] ?? "";
  try {
    Profile.open(profilePaths({ profile: "alice", dataDirectory, env: {} }));
    console.log("held");
    setInterval(() => undefined, 1000);
  } catch (error) {
    console.log(error instanceof Failure ? `${error.exitCode} ${error.message}` : error);
  }
}
