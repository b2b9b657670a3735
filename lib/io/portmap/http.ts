import { request } from "node:http";
import { XML_BYTES_MAX } from "./soap.ts";

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

export interface HttpQuestion {
  readonly url: URL;
  /** This machine's address that the connection comes from. */
  readonly from: string;
  readonly method: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

/**
 * Asks a router on the local network. Unlike `fetch` it chooses the interface, follows no redirect
 * and goes through no proxy that the environment names. Undefined where there is no whole answer of
 * at most `XML_BYTES_MAX` bytes.
 */
export async function askHttp(question: HttpQuestion): Promise<HttpAnswer | undefined> {
  const { url, from, method, headers = {}, body = "", signal } = question;
  const { promise, resolve } = Promise.withResolvers<HttpAnswer | undefined>();
  const stop = (): void => resolve(undefined);
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  const options = { method, headers, localAddress: from, agent: false, signal } as const;
  try {
    const asked = request(url, options, (response) => {
      const pieces: Uint8Array[] = [];
      let length = 0;
      response.on("data", (piece: Uint8Array) => {
        length += piece.length;
        pieces.push(piece);
        if (length <= XML_BYTES_MAX) return;
        stop();
        response.destroy();
      });
      response.on("error", stop);
      response.on("close", stop);
      response.on("end", () => {
        const text = new TextDecoder().decode(Buffer.concat(pieces));
        resolve({ status: response.statusCode ?? 0, text });
      });
    });
    asked.on("error", stop);
    asked.on("close", stop);
    asked.end(body);
    return await promise;
  } catch {
    return undefined;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
