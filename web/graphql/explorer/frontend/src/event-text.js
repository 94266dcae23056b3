// A line of text for each kind of event of a party's stream.
const nameOf = (player) => player?.displayName ?? "somebody";

function ofMember({ member, party }) {
  const parts = [member.characterClass, member.ready ? "ready" : "not ready", member.isLeader && "leader"];
  return `${nameOf(member.player)}: ${parts.filter(Boolean).join(", ")} (${party.memberCount} in the party)`;
}

const ofSession = ({ session }) => `${session.status}, floor ${session.floor}, ${session.players.length} inside`;

const TEXTS = {
  PartySnapshot: ({ party, reason }) => `${party.settings.name}, ${party.memberCount} in it (${reason})`,
  PartyCreated: ({ party }) => party.settings.name,
  SettingsChanged: ({ changed, party }) => `${changed.join(", ")} → version ${party.settings.version}`,
  MemberJoined: ({ member }) => nameOf(member.player),
  MemberLeft: ({ player, leaveReason }) => `${nameOf(player)} (${leaveReason})`,
  MemberUpdated: ofMember,
  MemberConnectionChanged: ({ member }) => `${nameOf(member.player)}: ${member.connection}`,
  LeaderChanged: ({ leader, leaderReason }) => `${nameOf(leader)} (${leaderReason})`,
  CountdownStarted: ({ startsAt }) => `ends ${startsAt}`,
  CountdownCancelled: ({ cancelReason }) => cancelReason,
  SessionStarted: ofSession,
  SessionUpdated: ofSession,
  SessionEnded: ofSession,
  MessagePosted: ({ author, text }) => `${nameOf(author)}: “${text}”`,
  PartyClosed: ({ closeReason }) => closeReason,
  Removed: ({ leaveReason }) => leaveReason,
};

export const eventText = (event) => TEXTS[event.__typename]?.(event) ?? "";
