import { useRef } from "react";
import type { Link } from "../model/connection.ts";
import type { PageModel } from "../model/pagemodel.ts";
import type { Panel } from "../model/panel.ts";
import { RoomPanel } from "../rooms/roompanel.tsx";
import { InvitePanel } from "../rooms/invitepanel.tsx";
import { VerifyPanel } from "../people/verifypanel.tsx";
import { MePanel } from "../people/mepanel.tsx";
import { PersonPanel } from "../people/personpanel.tsx";
import { DoctorPanel } from "../network/doctorpanel.tsx";
import { NetworkPanel } from "../network/networkpanel.tsx";
import { SettingsPanel } from "../settings/settingspanel.tsx";
import { AsideHead } from "../parts/asidehead.tsx";
import { JoinForm } from "../rooms/joinform.tsx";
import { LinesPanel } from "./linespanel.tsx";
import { ExportPanel } from "../talk/exportpanel.tsx";
import { People } from "../people/people.tsx";
import { SearchPanel } from "../search/searchpanel.tsx";
import { usePanelFocus } from "./usepanelfocus.ts";

interface AsideProps {
  readonly model: PageModel;
  readonly link: Link;
}

/** The people, or what was opened in their place. */
export function Aside({ model, link }: AsideProps) {
  const { panel } = model;
  const box = useRef<HTMLElement>(null);
  const onFocus = usePanelFocus(box, panel ?? model.isDrawerOpen);
  const label = panel === undefined ? "People" : TITLES[panel.kind];
  return (
    <aside ref={box} className="aside" aria-label={label} onFocus={onFocus}>
      {panel === undefined ? (
        <People model={model} />
      ) : (
        <Opened model={model} link={link} panel={panel} />
      )}
    </aside>
  );
}

const TITLES: Readonly<Record<Panel["kind"], string>> = {
  person: "Person",
  verify: "Comparing keys",
  room: "Room",
  invite: "Invitation",
  join: "Enter a room",
  search: "Search",
  me: "You",
  network: "Network",
  doctor: "Your network",
  settings: "Settings",
  export: "Writing it down",
  lines: "Answer",
};

interface OpenedProps extends AsideProps {
  readonly panel: Panel;
}

function Opened({ model, link, panel }: OpenedProps) {
  switch (panel.kind) {
    case "search":
      return <SearchPanel model={model} text={panel.text} />;
    case "lines":
      return <LinesPanel lines={panel} />;
    case "person":
      return <PersonPanel model={model} id={panel.id} />;
    case "verify":
      return <VerifyPanel model={model} id={panel.id} />;
    case "room":
      return <RoomPanel model={model} room={panel.room} />;
    case "invite":
      return <InvitePanel model={model} room={panel.room} />;
    case "join":
      return (
        <>
          <AsideHead title={TITLES.join} />
          <div className="aside-body panel-body">
            <JoinForm />
          </div>
        </>
      );
    case "me":
      return <MePanel model={model} />;
    case "network":
      return <NetworkPanel model={model} link={link} />;
    case "doctor":
      return <DoctorPanel model={model} />;
    case "settings":
      return <SettingsPanel model={model} />;
    case "export":
      return <ExportPanel model={model} />;
    default:
      return panel satisfies never;
  }
}
