// A line of text for each kind of entry in the log of a party.
import { words } from "./format.js";

const nameOf = (player) => player?.displayName ?? "somebody";

const TEXTS = {
  PartySnapshot: ({ party }) => `${party.members.length} members`,
  SettingsChanged: ({ changed }) => changed.join(", "),
  MemberJoined: ({ member }) => nameOf(member.player),
  MemberLeft: ({ player, leaveReason }) => `${nameOf(player)} (${words(leaveReason)})`,
  MemberUpdated: ({ member }) => `${nameOf(member.player)}${member.ready ? ", ready" : ""}`,
  MemberConnectionChanged: ({ member }) => `${nameOf(member.player)}: ${words(member.connection)}`,
  LeaderChanged: ({ leader, leaderReason }) => `${nameOf(leader)} (${words(leaderReason)})`,
  CountdownCancelled: ({ cancelReason }) => words(cancelReason),
  SessionEnded: ({ session }) => [words(session.status), session.outcome].filter(Boolean).join(", "),
  MessagePosted: ({ author, text }) => `${nameOf(author)}: “${text}”`,
  Announcement: ({ text }) => `“${text}”`,
  PartyClosed: ({ closeReason }) => words(closeReason),
};

export const eventText = (event) => TEXTS[event.__typename]?.(event) ?? "";

/** "MemberJoined" is "Member joined". */
export const eventName = ({ __typename: name }) => name.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
