import { lineSafe } from "../../../base/text.ts";
import type { MeetingSide, WhyEvent } from "../../../node/whyevents.ts";
import { expectedWords } from "../../whylines.ts";
import { clockTimeSeconds } from "../../words.ts";

/** Why they are reached so, or not: what each router is like, and what was tried. */
export function WhyFacts({ why, name }: { readonly why: WhyEvent; readonly name: string }) {
  const { text, next, expected, you, they, mapped, tried } = why;
  const hope = expectedWords(expected);
  return (
    <>
      <p>{lineSafe(text)}</p>
      {next !== null && <p className="why-next">{lineSafe(next)}</p>}
      <dl className="facts">
        <dt>Your network</dt>
        <dd>
          {sideWords(you)}
          {mapped.length > 0 && (
            <span className="fact-more">
              Your router passes on what comes to {mapped.map(String).join(", ")}
            </span>
          )}
        </dd>
        <dt>Network of {lineSafe(name)}</dt>
        <dd>{sideWords(they)}</dd>
        {hope !== undefined && (
          <>
            <dt>How the two can meet</dt>
            <dd>{hope}</dd>
          </>
        )}
      </dl>
      {tried.length > 0 && (
        <details className="tried">
          <summary>What was tried</summary>
          <ol>
            {tried.map(({ atMs, text: step, times }) => (
              <li key={`${atMs} ${step}`}>
                <time>{clockTimeSeconds(atMs)}</time>
                <span>
                  {lineSafe(step)}
                  {times > 1 && <span className="muted"> ({times} times)</span>}
                </span>
              </li>
            ))}
          </ol>
        </details>
      )}
    </>
  );
}

function sideWords({ text, nat }: MeetingSide): string {
  return lineSafe(text ?? nat ?? "Nothing is known of the router");
}
