using System;
using System.Threading;
using System.Threading.Tasks;

namespace AdventureBot2.Lobby
{
    /// <summary>
    /// One WebSocket to the lobby server and what is watched over it. It is opened with the first stream, opened again
    /// whenever it is lost, with a fresh token, and closed some seconds after the last stream's end.
    /// </summary>
    /// <remarks>
    /// It is used on the thread of its loop, Unity's main thread; only <see cref="Dispose"/> may be called from any.
    /// </remarks>
    public sealed partial class LobbyConnection : ITurn, IDisposable
    {
        /// <summary>
        /// Messages taken in one turn at most, so that a long replay does not stop a frame. The rest follows in the next ones.
        /// </summary>
        public const int MessagesPerTurnMax = 64;

        /// <summary>For how long the socket stays open with no stream on it: a game goes from the list into a party.</summary>
        public const int IdleMs = 5000;

        private readonly Uri _address;
        private readonly ILobbyTokens _tokens;
        private readonly ILoop _loop;
        private readonly Func<ISocket> _newSocket;
        private readonly ILobbyChance _chance;
        private readonly Func<long> _nowMs;
        private readonly ServerClock _clock = new ServerClock();
        private readonly CancellationTokenSource _over = new CancellationTokenSource();
        private volatile bool _isDisposed;

        /// <summary>For the player of <paramref name="lobby"/>, at the same server.</summary>
        /// <param name="options">Null for what fits the platform.</param>
        public LobbyConnection(LobbyClient lobby, LobbyConnectionOptions options = null)
            : this(lobby.Url, lobby.Tokens, options)
        {
        }

        /// <param name="url">The server's, such as <c>https://lobby.example.com/graphql</c>.</param>
        /// <param name="tokens">Asked anew for each connection.</param>
        /// <param name="options">Null for what fits the platform.</param>
        public LobbyConnection(string url, ILobbyTokens tokens, LobbyConnectionOptions options = null)
        {
            options = options ?? new LobbyConnectionOptions();
            _address = SocketAddress(url);
            _tokens = tokens;
            _loop = options.LoopOrDefault();
            _newSocket = options.NewSocketOrDefault();
            _chance = options.Chance ?? new SystemChance();
            _nowMs = options.NowMs ?? (() => Monotonic.NowMs);
            _lastTurn = new Moment(_nowMs());
            Events = new Events(options.OnHandlerFailedOrDefault());
            _redial = new Redial(NewBackoff());
            _loop.Add(this);
        }

        /// <summary>
        /// Something went wrong that is being mended: for a log, in words for people. Streams tell how they stand by themselves.
        /// </summary>
        public event Action<string> Trouble;

        /// <summary>
        /// The server's clock, UTC, to count down by. It is late by the network's delay, and the device's own clock until the
        /// first frame has come.
        /// </summary>
        public DateTime ServerNow
        {
            get { return _clock.At(_nowMs()); }
        }

        /// <summary>Whether the server answers just now.</summary>
        public bool IsOpen
        {
            get { return _link != null && _isGreeted; }
        }

        internal Events Events { get; private set; }

        /// <summary>Watches a party from where an answer showed it: what came after <paramref name="party"/> follows.</summary>
        public PartyStream WatchParty(Party party)
        {
            PartyStream stream = WatchParty(party.Id, new Position(party.Cursor, party.Version));
            stream.Party = party;
            return stream;
        }

        /// <summary>Watches a party from a snapshot on, or from a cursor that was kept.</summary>
        public PartyStream WatchParty(string partyId, string cursor = null)
        {
            return WatchParty(partyId, new Position(cursor, null));
        }

        /// <summary>Watches the party of a session.</summary>
        public PartyStream WatchSession(string sessionId, string cursor = null)
        {
            if (sessionId == null) throw new ArgumentNullException("sessionId");
            var position = new Position(cursor, null);
            return Add(new PartyStream(this, after => LobbyOperations.WatchSession(sessionId, after), position));
        }

        /// <summary>Watches the public list.</summary>
        public PartyListStream WatchLobby(PartyFilter filter = null)
        {
            return Add(new PartyListStream(this, filter));
        }

        /// <summary>Ends all streams and closes the socket, without waiting for anything. No event is raised any more.</summary>
        public void Dispose()
        {
            if (_isDisposed) return;
            _isDisposed = true;
            _loop.Remove(this);
            foreach (LobbyStream stream in _streams) stream.Dispose();
            Link link = _link;
            if (link != null) link.Dispose();
            _over.Cancel();
        }

        void ITurn.Resumed()
        {
            if (!_isDisposed) Resume(_nowMs());
        }

        void ITurn.Stopped()
        {
            Dispose();
        }

        internal void Wake()
        {
            _loop.Wake();
        }

        internal Backoff NewBackoff()
        {
            return new Backoff(Redial.First, Redial.Longest, _chance);
        }

        /// <summary>A frame had the server's time.</summary>
        internal void HeardTime(DateTime serverTime, long heardAtMs)
        {
            _clock.Heard(serverTime, heardAtMs);
        }

        private PartyStream WatchParty(string partyId, Position position)
        {
            if (partyId == null) throw new ArgumentNullException("partyId");
            return Add(new PartyStream(this, after => LobbyOperations.WatchParty(partyId, after), position));
        }

        private void Tell(string trouble)
        {
            if (!_isDisposed) Events.Raise(Trouble, trouble);
        }

        private T Add<T>(T stream) where T : LobbyStream
        {
            if (_isDisposed) throw new ObjectDisposedException("LobbyConnection");
            var more = new LobbyStream[_streams.Length + 1];
            _streams.CopyTo(more, 0);
            more[_streams.Length] = stream;
            _streams = more;
            _loop.Wake();
            return stream;
        }

        private static Uri SocketAddress(string url)
        {
            var http = new UriBuilder(url);
            http.Scheme = http.Scheme == "https" || http.Scheme == "wss" ? "wss" : "ws";
            return http.Uri;
        }
    }
}
