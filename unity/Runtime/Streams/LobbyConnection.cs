#nullable enable
using System;
using System.Threading;
using System.Threading.Tasks;

namespace AdventureBotLobby
{
    /// <summary>
    /// One WebSocket to the lobby server, shared by all streams. It opens with the first stream, reconnects with a fresh
    /// token when it is lost, and closes some seconds after the end of the last stream.
    /// </summary>
    /// <remarks>
    /// Use it on the thread of its loop, which is Unity's main thread. Only <see cref="Dispose"/> may be called from any thread.
    /// </remarks>
    public sealed partial class LobbyConnection : ILobbyConnection, ILobbyTickable
    {
        /// <summary>
        /// The maximum number of messages that one tick handles, so that a long replay does not stall a frame. The next
        /// ticks handle the rest.
        /// </summary>
        public const int MessagesPerTurnMax = 64;

        /// <summary>The socket stays open for this time without a stream, as when a game goes from the list into a party.</summary>
        public const int IdleMs = 5000;

        private readonly Uri _address;
        private readonly ILobbyTokens _tokens;
        private readonly IPlayerTokens? _playerTokens;
        private readonly LobbyLogger _log;
        private readonly ILoop _loop;
        private readonly Func<ISocket> _newSocket;
        private readonly ILobbyRandom _random;
        private readonly Func<long> _nowMs;
        private readonly ServerClock _clock = new ServerClock();
        private readonly CancellationTokenSource _over = new CancellationTokenSource();
        private volatile bool _isDisposed;

        /// <summary>A connection of the player of <paramref name="lobby"/> to the same server.</summary>
        /// <param name="options">Null for the defaults of the platform.</param>
        public LobbyConnection(LobbyClient lobby, LobbyConnectionOptions? options = null)
            : this(lobby.Url, lobby.Tokens, options, lobby.Log)
        {
        }

        /// <param name="url">The server's endpoint, such as <c>https://lobby.example.com/graphql</c>.</param>
        /// <param name="tokens">Provides a token for each new connection.</param>
        /// <param name="options">Null for the defaults of the platform.</param>
        public LobbyConnection(string url, ILobbyTokens tokens, LobbyConnectionOptions? options = null)
            : this(url, tokens, options, new LobbyLogger(new PlatformLog(), LobbyLogLevel.Warning))
        {
        }

        private LobbyConnection(string url, ILobbyTokens tokens, LobbyConnectionOptions? options, LobbyLogger log)
        {
            options = options ?? new LobbyConnectionOptions();
            _address = ServerAddress.Socket(url);
            _tokens = tokens;
            _log = log;
            _playerTokens = tokens as IPlayerTokens;
            _playerChangesSeen = PlayerChanges;
            _loop = options.LoopOrDefault();
            _newSocket = options.NewSocketOrDefault();
            _random = options.Chance ?? new SystemRandom();
            _nowMs = options.NowMs ?? (() => MonotonicClock.NowMs);
            _lastTick = new Timestamp(_nowMs());
            Events = new EventRaiser(options.OnHandlerFailedOrDefault());
            _reconnectPolicy = new ReconnectPolicy(NewBackoff());
            Background.WarnOnce(log);
            if (_playerTokens != null) _playerTokens.PlayerChanged += Wake;
            _loop.Add(this);
            Began();
        }

        /// <summary>
        /// A failure from which the connection recovers by itself, as a text for a log. Each stream reports its own state.
        /// Without a handler the text goes to the log of the client, as a warning.
        /// </summary>
        public event Action<string>? Trouble;

        /// <summary>
        /// The server's clock in UTC, for countdowns. It is late by the network delay. Before the first frame it is the
        /// device's own clock.
        /// </summary>
        public DateTime ServerNow
        {
            get { return _clock.At(_nowMs()); }
        }

        /// <summary>Whether the connection is open and acknowledged by the server.</summary>
        public bool IsOpen
        {
            get { return _socket != null && _isGreeted; }
        }

        internal EventRaiser Events { get; private set; }

        /// <summary>How often the player changed; 0 for tokens that do not tell.</summary>
        internal int PlayerChanges
        {
            get { return _playerTokens == null ? 0 : _playerTokens.PlayerChanges; }
        }

        /// <summary>Watches a party from the cursor of <paramref name="party"/>, as a response returned it.</summary>
        public PartyStream WatchParty(LobbyParty party)
        {
            if (party == null) throw new ArgumentNullException("party");
            PartyStream stream = WatchParty(party.Id, new Position(party.Cursor, party.Version));
            stream.BeginWith(party);
            return stream;
        }

        /// <summary>Watches a party from a snapshot, or from a saved cursor.</summary>
        public PartyStream WatchParty(string partyId, string? cursor = null)
        {
            return WatchParty(partyId, new Position(cursor, null));
        }

        /// <summary>Watches the party of a session.</summary>
        public PartyStream WatchSession(string sessionId, string? cursor = null)
        {
            if (sessionId == null) throw new ArgumentNullException("sessionId");
            var position = new Position(cursor, null);
            return Add(new PartyStream(this, after => LobbyOperations.WatchSession(sessionId, after), position));
        }

        /// <summary>Watches the inbox of the player from a snapshot, or from a saved cursor.</summary>
        public InboxStream WatchInbox(string? cursor = null)
        {
            return Add(new InboxStream(this, cursor));
        }

        /// <summary>Watches the public list.</summary>
        public PartyListStream WatchLobby(PartyFilter? filter = null)
        {
            return Add(new PartyListStream(this, filter));
        }

        /// <summary>Ends all streams and closes the socket, without waiting. No event is raised afterwards.</summary>
        public void Dispose()
        {
            if (_isDisposed) return;
            _isDisposed = true;
            Ended();
            _loop.Remove(this);
            if (_playerTokens != null) _playerTokens.PlayerChanged -= Wake;
            foreach (LobbyStream stream in _streams) stream.Dispose();
            GraphQLSocket? socket = _socket;
            if (socket != null) socket.Dispose();
            _over.Cancel();
        }

        IPartyStream ILobbyConnection.WatchParty(LobbyParty party)
        {
            return WatchParty(party);
        }

        IPartyStream ILobbyConnection.WatchParty(string partyId, string? cursor)
        {
            return WatchParty(partyId, cursor);
        }

        IPartyStream ILobbyConnection.WatchSession(string sessionId, string? cursor)
        {
            return WatchSession(sessionId, cursor);
        }

        IInboxStream ILobbyConnection.WatchInbox(string? cursor)
        {
            return WatchInbox(cursor);
        }

        IPartyListStream ILobbyConnection.WatchLobby(PartyFilter? filter)
        {
            return WatchLobby(filter);
        }

        void ILobbyTickable.Resumed()
        {
            if (!_isDisposed) Resume(_nowMs());
        }

        void ILobbyTickable.Stopped()
        {
            Dispose();
        }

        internal void Wake()
        {
            _loop.Wake();
        }

        internal LobbyBackoff NewBackoff()
        {
            return new LobbyBackoff(ReconnectPolicy.First, ReconnectPolicy.Longest, _random);
        }

        /// <summary>Passes the server's time in a frame to the clock.</summary>
        internal void RecordServerTime(DateTime serverTime, long receivedAtMs)
        {
            _clock.Record(serverTime, receivedAtMs);
        }

        private PartyStream WatchParty(string partyId, Position position)
        {
            if (partyId == null) throw new ArgumentNullException("partyId");
            return Add(new PartyStream(this, after => LobbyOperations.WatchParty(partyId, after), position));
        }

        private void ReportTrouble(string trouble)
        {
            if (_isDisposed) return;
            if (Trouble == null) _log.Write(LobbyLogLevel.Warning, trouble);
            Events.Raise(Trouble, trouble);
        }

        private T Add<T>(T stream) where T : LobbyStream
        {
            if (_isDisposed) throw new ObjectDisposedException("LobbyConnection");
            var more = new LobbyStream[_streams.Length + 1];
            _streams.CopyTo(more, 0);
            more[_streams.Length] = stream;
            _streams = more;
            Added(stream);
            _loop.Wake();
            return stream;
        }

        // For the lobby window of the editor. Without it these calls are not compiled.
        partial void Began();

        partial void Ended();

        partial void Added(LobbyStream stream);
    }
}
