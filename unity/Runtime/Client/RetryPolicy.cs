using System;

namespace AdventureBot2.Lobby
{
    /// <summary>How long, and how often, the client tries before a request counts as failed.</summary>
    public sealed class RetryPolicy
    {
        public RetryPolicy()
        {
            AttemptsMax = 8;
            FirstPause = TimeSpan.FromSeconds(0.1);
            LongestPause = TimeSpan.FromSeconds(5);
            LongestWait = TimeSpan.FromSeconds(10);
            TimeoutSeconds = 10;
            TotalTime = TimeSpan.FromSeconds(45);
        }

        /// <summary>Attempts at one request, the first among them.</summary>
        public int AttemptsMax { get; set; }

        /// <summary>The bound of the first pause; it doubles with each attempt, and the pause is anything up to it.</summary>
        public TimeSpan FirstPause { get; set; }

        /// <summary>What the bound of a pause grows to.</summary>
        public TimeSpan LongestPause { get; set; }

        /// <summary>A server that asks for a longer wait than this has its answer handed to the game instead.</summary>
        public TimeSpan LongestWait { get; set; }

        /// <summary>How long one attempt waits for its answer.</summary>
        public int TimeoutSeconds { get; set; }

        /// <summary>
        /// No attempt begins after this. The server takes a used refresh token for 60 s after its use, for those who
        /// lost the answer: this keeps the last attempt within that.
        /// </summary>
        public TimeSpan TotalTime { get; set; }
    }
}
