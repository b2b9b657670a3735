/** One of the two processes of a measurement, started by `pair.ts`. */
import { beFar } from "./far.ts";
import { beNear } from "./near.ts";
import { Parent } from "./parent.ts";
import type { SideOptions } from "./sideoptions.ts";

const options = JSON.parse(process.argv[2] ?? "") as SideOptions;
const parent = new Parent();
await (options.role === "far" ? beFar(options, parent) : beNear(options, parent));
