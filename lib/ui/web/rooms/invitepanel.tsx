import { lineSafe } from "../../../base/text.ts";
import { formatInvitation } from "../../../contract/invitation.ts";
import { withinWords } from "../../roomlines.ts";
import type { PageModel } from "../model/pagemodel.ts";
import { AsideHead } from "../parts/asidehead.tsx";
import { Icon } from "../parts/icon.tsx";
import { useAct } from "../parts/pagecontext.ts";
import { Qr } from "../parts/qr.tsx";

interface InvitePanelProps {
  readonly model: PageModel;
  readonly room: string;
}

/** What lets others into a room. */
export function InvitePanel({ model, room }: InvitePanelProps) {
  const act = useAct();
  const invitation = model.invitations.get(room);
  if (invitation === undefined) return <AsideHead title="Invitation" />;
  const link = formatInvitation(invitation);
  const isPrivate = invitation.secret !== undefined;
  const within = withinWords(invitation);
  return (
    <>
      <AsideHead title={`Invite to ${lineSafe(room)}`} />
      <div className="aside-body panel-body">
        <p>
          {isPrivate
            ? "Whoever has this link is let in: give it to nobody else."
            : "This room is open: whoever knows its name may come. The link says where it is."}
        </p>
        <p className="muted">
          {isPrivate
            ? "It never expires and cannot be taken back. To be without somebody, make a new room."
            : "It never expires."}
        </p>
        {within !== undefined && (
          <p className="panel-warning">
            <Icon name="warn" />
            {within}
          </p>
        )}
        <p className="link-box address" tabIndex={0} aria-label="The link">
          {link}
        </p>
        <div className="panel-choice">
          <button
            type="button"
            className="button main"
            onClick={() => act((here) => here.copy(link))}
          >
            <Icon name="copy" />
            Copy the link
          </button>
        </div>
        <Qr text={link} label={`The link to ${lineSafe(room)}, for a camera`} />
        <section aria-label="What they do with it">
          <h3 className="label">What they do with it</h3>
          <p>
            Who chats already types <code>/join</code> and the link. Others start with
          </p>
          <p className="link-box address">
            p2pchat client --name NAME <span className="unbroken">--join -</span>
          </p>
          <p>and give the link when they are asked for it.</p>
        </section>
      </div>
    </>
  );
}
