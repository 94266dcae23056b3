"""The public lists, kept sorted out in the process: what a page costs does not grow with what does not match."""

from lobby.stores.index.party_list import PartyList
from lobby.stores.index.session_list import SessionFacets, SessionList

__all__ = ["PartyList", "SessionFacets", "SessionList"]
