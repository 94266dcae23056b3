using System;

namespace AdventureBot2.Lobby
{
    /// <summary>
    /// Whether a connection is still one. A network can vanish without a word, and TCP then takes minutes to notice. All
    /// times are of the monotonic clock.
    /// </summary>
    internal sealed class Watchdog
    {
        /// <summary>Without a frame for this long the connection is lost; the server sends one every 10 s on a party's stream.</summary>
        public const int SilenceMs = 25000;

        /// <summary>After this long we ask for one: the public list has no heartbeat of its own.</summary>
        public const int PingAfterMs = 12000;

        /// <summary>For connecting and signing in.</summary>
        public const int GreetingMs = 10000;

        /// <summary>For the answer to the ping that a pause of the application is followed by.</summary>
        public const int ProbeMs = 3000;

        private readonly long _openedAtMs;
        private long _askedAtMs;
        private long _probedAtMs;
        private int? _pongsDue;

        public Watchdog(long nowMs)
        {
            _openedAtMs = nowMs;
            _askedAtMs = nowMs;
        }

        /// <param name="heardAtMs">When the last frame came.</param>
        /// <param name="pongs">How many pings of ours were answered.</param>
        /// <param name="isGreeted">Whether the server has acknowledged the connection.</param>
        public bool IsLost(long heardAtMs, int pongs, bool isGreeted, long nowMs)
        {
            if (!isGreeted) return nowMs - _openedAtMs > GreetingMs;
            if (_pongsDue == null) return nowMs - heardAtMs > SilenceMs;
            if (pongs < _pongsDue) return nowMs - _probedAtMs > ProbeMs;
            _pongsDue = null;
            return false;
        }

        /// <summary>Whether to send a ping now; once for each silence.</summary>
        public bool AsksForFrame(long heardAtMs, long nowMs)
        {
            if (nowMs - Math.Max(heardAtMs, _askedAtMs) < PingAfterMs) return false;
            _askedAtMs = nowMs;
            return true;
        }

        /// <summary>
        /// A ping was sent now because the application was paused, and its own answer has to come soon. Other frames
        /// prove nothing: they may have lain in the device since before the pause.
        /// </summary>
        /// <param name="pongsDue">How many pings were sent, this one among them.</param>
        public void Probe(int pongsDue, long nowMs)
        {
            _pongsDue = pongsDue;
            _probedAtMs = nowMs;
        }
    }
}
