using System;
using System.Globalization;

namespace AdventureBot2.Lobby
{
    /// <summary>What one attempt at a request came to, and whether another may come to more.</summary>
    internal sealed class Attempt<T>
    {
        private readonly T _value;
        private readonly LobbyException _failure;

        private Attempt(T value, LobbyException failure)
        {
            _value = value;
            _failure = failure;
        }

        /// <summary>
        /// Whether the same request may fare better in a moment: the answer was lost, or the server or something on the
        /// way to it is overloaded or down. Safe, since mutations have keys.
        /// </summary>
        public bool IsWorthAnother { get; private set; }

        /// <summary>How long the server asks to wait; null when it does not say.</summary>
        public TimeSpan? WaitAsked { get; private set; }

        public bool IsUnknownDocument
        {
            get { return HasCode(LobbyErrorCodes.PersistedQueryNotFound); }
        }

        public bool IsUnauthenticated
        {
            get { return HasCode(LobbyErrorCodes.Unauthenticated); }
        }

        public static Attempt<T> Lost(LostAnswerException error)
        {
            var failure = new LobbyException(LobbyErrorCodes.NoAnswer, error.Message, error);
            return new Attempt<T>(default(T), failure) { IsWorthAnother = true };
        }

        public static Attempt<T> Of(LobbyHttpAnswer answer, Func<JsonReader, T> read)
        {
            Attempt<T> attempt = OfAnswer(answer, read);
            if (attempt._failure == null) return attempt;
            attempt.IsWorthAnother |= IsOverload(answer.Status);
            attempt.WaitAsked = attempt.WaitAsked ?? Seconds(answer.RetryAfter);
            attempt._failure.HttpStatus = answer.Status;
            attempt._failure.RetryAfter = attempt.WaitAsked;
            if (attempt._failure.RequestId == null) attempt._failure.RequestId = answer.RequestId;
            return attempt;
        }

        /// <summary>The answer. Throws what went wrong instead.</summary>
        public T Outcome(string idempotencyKey)
        {
            if (_failure == null) return _value;
            _failure.IdempotencyKey = idempotencyKey;
            throw _failure;
        }

        private bool HasCode(string code)
        {
            return _failure != null && _failure.Code == code;
        }

        private static bool IsOverload(int status)
        {
            return status >= 500 || status == 429 || status == 408;
        }

        private static Attempt<T> OfAnswer(LobbyHttpAnswer answer, Func<JsonReader, T> read)
        {
            try
            {
                GraphQLAnswer<T> parsed = GraphQLAnswer<T>.Parse(answer.Body ?? "", read);
                return parsed.Error != null ? OfError(parsed.Error) : OfValue(parsed.Value);
            }
            catch (MalformedJsonException error)
            {
                string code = answer.Status == 200 ? LobbyErrorCodes.MalformedAnswer : LobbyErrorCodes.HttpStatus;
                string message = "The server answered " + answer.Status + " with no GraphQL answer: " + error.Message;
                return new Attempt<T>(default(T), new LobbyException(code, message, error));
            }
            catch (UnknownAnswerException error)
            {
                return new Attempt<T>(default(T), new LobbyException(LobbyErrorCodes.MalformedAnswer, error.Message, error));
            }
        }

        private static Attempt<T> OfError(GraphQLError error)
        {
            var failure = new LobbyException(error.Code ?? LobbyErrorCodes.MalformedAnswer, error.Message);
            failure.RequestId = error.RequestId;
            bool isPassing = error.Code == LobbyErrorCodes.RateLimited || error.Code == LobbyErrorCodes.Unavailable;
            var attempt = new Attempt<T>(default(T), failure);
            attempt.WaitAsked = Milliseconds(error.RetryAfterMs);
            attempt.IsWorthAnother = isPassing || attempt.WaitAsked != null;
            return attempt;
        }

        /// <summary>Of the rules' refusals only these two pass by themselves, without anybody doing anything.</summary>
        private static Attempt<T> OfValue(T value)
        {
            var attempt = new Attempt<T>(value, null);
            var result = value as ILobbyResult;
            Rejection no = result == null ? null : result.Rejection;
            if (no == null || !no.Retryable) return attempt;
            attempt.IsWorthAnother = no.Code == RejectionCode.RateLimited || no.Code == RejectionCode.Unavailable;
            attempt.WaitAsked = Milliseconds(no.RetryAfterMs);
            return attempt;
        }

        private static TimeSpan? Milliseconds(int? time)
        {
            return time == null ? (TimeSpan?)null : TimeSpan.FromMilliseconds(Math.Max(0, time.Value));
        }

        /// <summary>Retry-After in seconds; its other form, a date, goes by a clock that is not this one's.</summary>
        private static TimeSpan? Seconds(string retryAfter)
        {
            int seconds;
            bool isNumber = int.TryParse(retryAfter, NumberStyles.None, CultureInfo.InvariantCulture, out seconds);
            return isNumber ? TimeSpan.FromSeconds(seconds) : (TimeSpan?)null;
        }
    }
}
