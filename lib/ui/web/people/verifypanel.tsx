import { useState } from "react";
import { lineSafe } from "../../../base/text.ts";
import type { PeerId } from "../../../base/ids.ts";
import { ANSWER_CHARS_MAX } from "../../../contract/commandschema.ts";
import type { Picture } from "../../../node/events.ts";
import type { PageModel } from "../model/pagemodel.ts";
import { request } from "../model/request.ts";
import { AsideHead } from "../parts/asidehead.tsx";
import { Icon } from "../parts/icon.tsx";
import { useAct } from "../parts/pagecontext.ts";
import { Qr } from "../parts/qr.tsx";

interface VerifyPanelProps {
  readonly model: PageModel;
  readonly id: PeerId;
}

/** Two people compare what both see, and so know that nobody stands between them. */
export function VerifyPanel({ model, id }: VerifyPanelProps) {
  const person = model.view.person(id);
  const told = model.verifications.get(id);
  if (person === undefined || told === undefined) {
    return (
      <>
        <AsideHead title="Compare keys" />
        <p className="panel-note">What both of you see is being asked for.</p>
      </>
    );
  }
  const name = lineSafe(model.view.nameOf(person.who));
  const to = `@${model.view.nameOf(person.who)}`;
  const isDone = person.trust === "verified";
  return (
    <>
      <AsideHead title={`Compare keys with ${name}`} />
      <div className="aside-body panel-body">
        {isDone ? (
          <p className="panel-good" role="status">
            <Icon name="shield" />
            You have compared keys: this is {name}.
          </p>
        ) : (
          <p>
            Compare by voice or in person, <strong>not in this chat</strong>: whoever stood between
            you would answer for {name}. {name} opens the same there.
          </p>
        )}
        {told.pictures !== null && <Pictures pictures={told.pictures} />}
        <section aria-label="The number">
          <h3 className="label">The number that both see</h3>
          <p className="digits number">
            {told.number.split(" ").map((group, at) => (
              // A group of digits may come twice.
              // oxlint-disable-next-line react/no-array-index-key
              <span key={at}>{group} </span>
            ))}
          </p>
        </section>
        <Answer to={to} isDone={isDone} />
        <Camera to={to} name={name} code={told.code} isDone={isDone} />
      </div>
    </>
  );
}

function Pictures({ pictures }: { readonly pictures: readonly Picture[] }) {
  return (
    <section aria-label="The pictures">
      <h3 className="label">The pictures that both see</h3>
      <ol className="pictures">
        {pictures.map(({ picture, name, number }) => (
          <li key={number}>
            <span aria-hidden="true">{picture}</span>
            {name}
            <span className="muted number">{number}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

interface AnswerProps {
  readonly to: string;
  readonly isDone: boolean;
}

/** One question. */
function Answer({ to, isDone }: AnswerProps) {
  const say = useSay(to);
  return (
    <section aria-label="What came of it">
      <h3 className="label">{isDone ? "Not the same any more?" : "Is it the same for them?"}</h3>
      <div className="panel-choice">
        {!isDone && (
          <button type="button" className="button main" onClick={() => say("match")}>
            <Icon name="check" />
            It is the same
          </button>
        )}
        <button type="button" className="button bad" onClick={() => say("differs")}>
          It differs
        </button>
      </div>
    </section>
  );
}

interface CameraProps extends AnswerProps {
  readonly name: string;
  readonly code: string;
}

/** One shows a code, and the other's camera reads it. */
function Camera({ to, name, code, isDone }: CameraProps) {
  const say = useSay(to);
  const [read, setRead] = useState("");
  return (
    <section aria-label="By camera">
      <h3 className="label">Or by camera</h3>
      <Qr text={code} label={`The code of you and ${name}, for a camera`} />
      {!isDone && (
        <form
          className="panel-form"
          onSubmit={(event) => {
            event.preventDefault();
            if (read.trim() !== "") say(read.trim());
          }}
        >
          <input
            className="field"
            value={read}
            maxLength={ANSWER_CHARS_MAX}
            placeholder="What your camera read of theirs"
            aria-label="What your camera read of their code"
            onChange={({ target }) => setRead(target.value)}
          />
          <button type="submit" className="button">
            Check
          </button>
        </form>
      )}
    </section>
  );
}

/** Tells the node what came of it. */
function useSay(to: string): (answer: string) => void {
  const act = useAct();
  return (answer) => {
    act((model) => request(model, (req) => ({ type: "verify", req, to, answer })));
  };
}
