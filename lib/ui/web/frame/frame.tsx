import { useEffect } from "react";
import type { Link } from "../model/connection.ts";
import { isLookedAt } from "../model/islookedat.ts";
import { doKey } from "../model/keys.ts";
import type { PageModel } from "../model/pagemodel.ts";
import { Aside } from "./aside.tsx";
import { Jumper } from "./jumper.tsx";
import { QuestionDialog } from "./questiondialog.tsx";
import { useAct } from "../parts/pagecontext.ts";
import { Rooms } from "../rooms/rooms.tsx";
import { SecretDialog } from "../rooms/secretdialog.tsx";
import { Spoken } from "./spoken.tsx";
import { TalkPane } from "../talk/talkpane.tsx";
import { Toast } from "./toast.tsx";
import { useTab } from "./usetab.ts";

interface FrameProps {
  readonly model: PageModel;
  readonly link: Link;
  /** The model is the same thing whatever changes in it. */
  readonly version: number;
}

/** Conversations, the one that is shown, and people or a panel beside it. */
export function Frame({ model, link }: FrameProps) {
  const act = useAct();
  const { current } = model;
  useTab(model);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      // The browser closes it, unless it is kept from that.
      if (event.key === "Escape" && document.querySelector(":popover-open") !== null) return;
      act((here, now) => {
        if (doKey(here, now, event)) event.preventDefault();
      });
    };
    const onLook = (): void => {
      act((here, now) => {
        here.isLookedAt = isLookedAt();
        here.rounds.isVisible = document.visibilityState === "visible";
        here.look(now);
        if (here.rounds.isVisible) return;
        // It may be closed, and its timers are late from now on.
        here.seen.flush(now);
        here.drafting.flush(now);
      });
    };
    onLook();
    document.addEventListener("keydown", onKey);
    document.addEventListener("visibilitychange", onLook);
    addEventListener("focus", onLook);
    addEventListener("blur", onLook);
    return () => {
      document.removeEventListener("keydown", onKey);
      document.removeEventListener("visibilitychange", onLook);
      removeEventListener("focus", onLook);
      removeEventListener("blur", onLook);
    };
  }, [act]);
  const isListed = model.isListShown || current === undefined;
  const names = ["frame"];
  if (isListed) names.push("with-list");
  if (link.kind !== "open") names.push("lost");
  if (model.isAsideShown) names.push("with-aside");
  if (model.panel?.kind === "network") names.push("with-wide");
  // In a narrow window the list is all that there is.
  const [List, Talk] = isListed ? (["main", "section"] as const) : (["div", "main"] as const);
  return (
    <div className={names.join(" ")}>
      <header className="hidden">
        <h1>p2pchat</h1>
      </header>
      <List className="rooms-place">
        <Rooms model={model} link={link} />
      </List>
      <Talk className="talk" aria-label="Conversation">
        <TalkPane model={model} link={link} />
      </Talk>
      <div
        className="scrim"
        onPointerDown={() => act((here) => here.closeAside())}
        aria-hidden="true"
      />
      <Aside model={model} link={link} />
      {model.isJumping && <Jumper model={model} />}
      {model.question !== undefined && <QuestionDialog question={model.question} />}
      {model.secretFor !== undefined && <SecretDialog room={model.secretFor} />}
      <Spoken spoken={model.spoken} />
      <Toast text={model.flash} />
    </div>
  );
}
