"""The operations of the players. They select what the simulation needs: it has thousands of players and one core."""

from __future__ import annotations

_PARTY = """
fragment P on Party {
  id
  state
  leader { player { id } }
  freeSeats
  settings { maxMembers }
  members { player { id } }
  waiting { id }
  search { id state accepted { id } }
}"""
_REJECTION = "... on Rejection { code message retryable retryAfterMs }"


def _in_party(name: str, field: str, input_type: str) -> str:
    """A mutation whose answer is the party."""
    return f"""mutation {name}($input: {input_type}!) {{ {field}(input: $input) {{ __typename
  ... on PartyChanged {{ seq party {{ ...P }} }} {_REJECTION} }} }}{_PARTY}"""


def _about_search(name: str, input_type: str) -> str:
    """A mutation whose answer is a search."""
    field = name[0].lower() + name[1:]
    return f"""mutation {name}($input: {input_type}!) {{ {field}(input: $input) {{ __typename
  ... on SearchChanged {{ search {{ id state cancelReason }} }} {_REJECTION} }} }}"""


def _about_invite(name: str, input_type: str) -> str:
    field = name[0].lower() + name[1:]
    return f"""mutation {name}($input: {input_type}!) {{ {field}(input: $input) {{ __typename
  ... on InviteChanged {{ invite {{ id state }} }} {_REJECTION} }} }}"""


DOCUMENTS: dict[str, str] = {
    "SignIn": """mutation SignIn($input: SignInAsGuestInput!) { signInAsGuest(input: $input) { __typename
  ... on CredentialsGranted { credentials { accessToken player { id displayName } } } ... on Rejection { code message } } }""",
    "Browse": "query Browse($sort: PartySort!) { parties(first: 20, sort: $sort) { nodes { id freeSeats } } }",
    "CreateParty": _in_party("CreateParty", "createParty", "CreatePartyInput"),
    "QuickJoin": _in_party("QuickJoin", "quickJoin", "QuickJoinInput"),
    "JoinParty": _in_party("JoinParty", "joinParty", "JoinPartyInput"),
    "LeaveParty": _in_party("LeaveParty", "leaveParty", "PartyActionInput"),
    "StopWaiting": _in_party("StopWaiting", "stopWaiting", "PartyActionInput"),
    "KickMember": _in_party("KickMember", "kickMember", "KickMemberInput"),
    "UpdateParty": _in_party("UpdateParty", "updateParty", "UpdatePartyInput"),
    "AcceptInvite": _in_party("AcceptInvite", "acceptInvite", "AcceptInviteInput"),
    "InvitePlayer": _about_invite("InvitePlayer", "InvitePlayerInput"),
    "DeclineInvite": _about_invite("DeclineInvite", "InviteActionInput"),
    "RevokeInvite": _about_invite("RevokeInvite", "InviteActionInput"),
    "StartSearch": _about_search("StartSearch", "StartSearchInput"),
    "CancelSearch": _about_search("CancelSearch", "SearchActionInput"),
    "AcceptMatch": _about_search("AcceptMatch", "SearchActionInput"),
    "DeclineMatch": _about_search("DeclineMatch", "SearchActionInput"),
    "BlockPlayer": f"""mutation BlockPlayer($input: BlockPlayerInput!) {{ blockPlayer(input: $input) {{ __typename
  ... on BlocksChanged {{ replayed }} {_REJECTION} }} }}""",
    "Watch": f"""subscription Watch($partyId: ID!, $after: Cursor) {{ partyEvents(partyId: $partyId, after: $after) {{ __typename
  seq cursor party {{ ...P }} ... on Heartbeat {{ reconnectAfterMs }} }} }}{_PARTY}""",
    "Inbox": """subscription Inbox($after: Cursor) { inbox(after: $after) { __typename seq cursor
  ... on InboxSnapshot { invites { id state } party { id } }
  ... on InboxHeartbeat { reconnectAfterMs }
  ... on InviteUpdated { invite { id state } }
  ... on WaitingUpdated { party { id } isWaiting heldUntil }
  ... on SearchUpdated { search { id state } }
  ... on MembershipChanged { party { id } leaveReason } } }""",
}
"""By the name of the operation."""
