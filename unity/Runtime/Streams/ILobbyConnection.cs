#nullable enable
using System;
using System.Collections.Generic;

namespace AdventureBotLobby
{
    /// <summary>The streams of <see cref="LobbyConnection"/>, for a game that tests its own code with a fake.</summary>
    public interface ILobbyConnection : IDisposable
    {
        /// <summary>See <see cref="LobbyConnection.Trouble"/>.</summary>
        event Action<string>? Trouble;

        /// <summary>See <see cref="LobbyConnection.ServerNow"/>.</summary>
        DateTime ServerNow { get; }

        /// <summary>See <see cref="LobbyConnection.IsOpen"/>.</summary>
        bool IsOpen { get; }

        /// <summary>See <see cref="LobbyConnection.WatchParty(LobbyParty)"/>.</summary>
        IPartyStream WatchParty(LobbyParty party);

        /// <summary>See <see cref="LobbyConnection.WatchParty(string, string)"/>.</summary>
        IPartyStream WatchParty(string partyId, string? cursor = null);

        /// <summary>See <see cref="LobbyConnection.WatchSession"/>.</summary>
        IPartyStream WatchSession(string sessionId, string? cursor = null);

        /// <summary>See <see cref="LobbyConnection.WatchInbox"/>.</summary>
        IInboxStream WatchInbox(string? cursor = null);

        /// <summary>See <see cref="LobbyConnection.WatchLobby"/>.</summary>
        IPartyListStream WatchLobby(PartyFilter? filter = null);
    }

    /// <summary>What all streams have. See <see cref="LobbyStream"/>.</summary>
    public interface ILobbyStream : IDisposable
    {
        /// <summary>See <see cref="LobbyStream.StateChanged"/>.</summary>
        event Action<StreamState>? StateChanged;

        /// <summary>See <see cref="LobbyStream.State"/>.</summary>
        StreamState State { get; }

        /// <summary>See <see cref="LobbyStream.End"/>.</summary>
        StreamEnd? End { get; }
    }

    /// <summary>See <see cref="PartyStream"/>.</summary>
    public partial interface IPartyStream : ILobbyStream
    {
        /// <summary>See <see cref="PartyStream.Changed"/>.</summary>
        event Action<LobbyParty>? Changed;

        /// <summary>See <see cref="PartyStream.Happened"/>.</summary>
        event Action<PartyEvent>? Happened;

        /// <summary>See <see cref="PartyStream.Party"/>.</summary>
        LobbyParty? Party { get; }

        /// <summary>See <see cref="PartyStream.AppliedSeq"/>.</summary>
        int? AppliedSeq { get; }

        /// <summary>See <see cref="PartyStream.Cursor"/>.</summary>
        string? Cursor { get; }
    }

    /// <summary>See <see cref="InboxStream"/>.</summary>
    public partial interface IInboxStream : ILobbyStream
    {
        /// <summary>See <see cref="InboxStream.Happened"/>.</summary>
        event Action<InboxEvent>? Happened;

        /// <summary>See <see cref="InboxStream.Cursor"/>.</summary>
        string? Cursor { get; }
    }

    /// <summary>See <see cref="PartyListStream"/>.</summary>
    public interface IPartyListStream : ILobbyStream
    {
        /// <summary>See <see cref="PartyListStream.Changed"/>.</summary>
        event Action<IReadOnlyList<PartyListing>>? Changed;

        /// <summary>See <see cref="PartyListStream.Happened"/>.</summary>
        event Action<LobbyEvent>? Happened;

        /// <summary>See <see cref="PartyListStream.Parties"/>.</summary>
        IReadOnlyList<PartyListing> Parties { get; }
    }
}
