import * as v from "valibot";
import { EXIT } from "../../contract/exitcodes.ts";
import { Failure } from "../failure.ts";
import type { Asset } from "./webserver.ts";

/** By their paths; the page itself is `/`. */
export type PageAssets = ReadonlyMap<string, Asset>;

/** What the compiler has made of the page, and where in the program it is. */
const compiledShape = v.object({
  files: v.pipe(
    v.array(
      v.object({
        path: v.string(),
        headers: v.object({ "content-type": v.string() }),
      }),
    ),
    v.minLength(1),
  ),
});

/** Where the sources are at hand: the page's own file. */
const sourceShape = v.object({ index: v.pipe(v.string(), v.endsWith(".html")) });

/**
 * All that the page is made of, from `page`: what importing its HTML gives. Of a compiled program
 * that is within it; else it is made now, from the sources. Throws a Failure where it cannot be.
 */
export async function loadPageAssets(page: unknown): Promise<PageAssets> {
  const compiled = v.safeParse(compiledShape, page);
  if (compiled.success) return await compiledAssets(compiled.output.files);
  const source = v.safeParse(sourceShape, page);
  if (!source.success) throw new Failure("Cannot find the page in this program", EXIT.failure);
  return await builtAssets(source.output.index);
}

type Compiled = v.InferOutput<typeof compiledShape>["files"];

async function compiledAssets(files: Compiled): Promise<PageAssets> {
  const assets = new Map<string, Asset>();
  for (const { path, headers } of files) {
    const contentType = headers["content-type"];
    add(assets, { path, contentType, bytes: await Bun.file(path).bytes() });
  }
  return assets;
}

async function builtAssets(index: string): Promise<PageAssets> {
  const { outputs } = await Bun.build({
    entrypoints: [index],
    minify: true,
    define: { "process.env.NODE_ENV": '"production"' },
    publicPath: "/",
    // Else two parts of one name would be one.
    naming: "[name]-[hash].[ext]",
  });
  const assets = new Map<string, Asset>();
  for (const output of outputs) {
    const { path, type: contentType } = output;
    add(assets, { path, contentType, bytes: new Uint8Array(await output.arrayBuffer()) });
  }
  return assets;
}

interface Part extends Omit<Asset, "isLasting"> {
  readonly path: string;
}

/** All of them lie side by side, and are called by names that have a digest of them. */
function add(assets: Map<string, Asset>, { path, bytes, contentType }: Part): void {
  const isPage = path.endsWith(".html");
  const name = path.slice(path.lastIndexOf("/") + 1);
  assets.set(isPage ? "/" : `/${name}`, { bytes, contentType, isLasting: !isPage });
}
