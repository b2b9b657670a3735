/** Where the browser keeps it, for this port alone. */
const KEY = "p2pchat pass";

/**
 * What this page has beside its cookie, which a browser sends to every port of the machine:
 * `id.when.code`. It is proved, and sent to nobody: who answers at this port may have changed.
 */
export class Pass {
  /** Where the browser keeps nothing it is good until the page is closed. */
  #unkept: string | undefined;

  keep(pass: string): void {
    try {
      localStorage.setItem(KEY, pass);
      this.#unkept = undefined;
    } catch {
      this.#unkept = pass;
    }
  }

  /** The answer to the node's question, given to this host; undefined where there is no pass. */
  async prove(question: string, host: string): Promise<string | undefined> {
    const [id, when, code] = (this.#unkept ?? kept())?.split(".") ?? [];
    if (id === undefined || when === undefined || code === undefined) return undefined;
    const key = await crypto.subtle.importKey("raw", bytesOf(code), HMAC, false, ["sign"]);
    const answer = await crypto.subtle.sign("HMAC", key, bytesOf(`${question} ${host}`));
    return `${id}.${when}.${base64url(new Uint8Array(answer))}`;
  }
}

const HMAC = { name: "HMAC", hash: "SHA-256" } as const;

function kept(): string | undefined {
  try {
    return localStorage.getItem(KEY) ?? undefined;
  } catch {
    return undefined;
  }
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function base64url(bytes: Uint8Array): string {
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
