#nullable enable
using System;
using System.Globalization;

namespace AdventureBotLobby
{
    /// <summary>The outcome of one attempt at a request, and whether to try again.</summary>
    internal sealed class Attempt<T>
    {
        private readonly T _value;
        private readonly LobbyException? _failure;

        private Attempt(T value, LobbyException? failure)
        {
            _value = value;
            _failure = failure;
        }

        /// <summary>
        /// Whether the same request may succeed later: the response was lost, or the server or a proxy is overloaded or down.
        /// Trying again is safe, since mutations have idempotency keys.
        /// </summary>
        public bool IsRetryable { get; private set; }

        /// <summary>The pause that the server asks for; null without one.</summary>
        public TimeSpan? RetryAfter { get; private set; }

        /// <summary>Null after a success.</summary>
        public LobbyException? Failure
        {
            get { return _failure; }
        }

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
            return new Attempt<T>(default(T)!, failure) { IsRetryable = true };
        }

        /// <summary>The platform refused to send it. A retry would be refused again.</summary>
        public static Attempt<T> NotSent(string url, Exception error)
        {
            string message = "The request to " + url + " was not sent: " + error.Message;
            if (url.StartsWith("http:", StringComparison.Ordinal)) message += " " + PlainHttp.Advice;
            return new Attempt<T>(default(T)!, new LobbyException(LobbyErrorCodes.NotSent, message, error));
        }

        public static Attempt<T> Of(LobbyHttpAnswer answer, Func<LobbyJsonReader, T> read)
        {
            Attempt<T> attempt = OfAnswer(answer, read);
            if (attempt._failure == null) return attempt;
            attempt.IsRetryable |= IsOverload(answer.Status);
            attempt.RetryAfter = attempt.RetryAfter ?? Seconds(answer.RetryAfter);
            attempt._failure.HttpStatus = answer.Status;
            attempt._failure.RetryAfter = attempt.RetryAfter;
            if (attempt._failure.RequestId == null) attempt._failure.RequestId = answer.RequestId;
            return attempt;
        }

        /// <summary>The response's value. Throws the failure if there is one.</summary>
        public T Outcome(string? idempotencyKey)
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

        private static Attempt<T> OfAnswer(LobbyHttpAnswer answer, Func<LobbyJsonReader, T> read)
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
                return new Attempt<T>(default(T)!, new LobbyException(code, message, error));
            }
            catch (UnknownAnswerException error)
            {
                return new Attempt<T>(default(T)!, new LobbyException(LobbyErrorCodes.MalformedAnswer, error.Message, error));
            }
        }

        private static Attempt<T> OfError(GraphQLError error)
        {
            var failure = new LobbyException(error.Code ?? LobbyErrorCodes.MalformedAnswer, error.Message);
            failure.RequestId = error.RequestId;
            bool isPassing = error.Code == LobbyErrorCodes.RateLimited || error.Code == LobbyErrorCodes.Unavailable;
            var attempt = new Attempt<T>(default(T)!, failure);
            attempt.RetryAfter = Milliseconds(error.RetryAfterMs);
            attempt.IsRetryable = isPassing || attempt.RetryAfter != null;
            return attempt;
        }

        /// <summary>Of all rejections only these two end by themselves, without any action of a player.</summary>
        private static Attempt<T> OfValue(T value)
        {
            var attempt = new Attempt<T>(value, null);
            var result = value as ILobbyResult;
            LobbyRejection? rejection = result == null ? null : result.Rejection;
            if (rejection == null || !rejection.Retryable) return attempt;
            RejectionCode code = rejection.Code;
            attempt.IsRetryable = code == RejectionCode.RateLimited || code == RejectionCode.Unavailable;
            attempt.RetryAfter = Milliseconds(rejection.RetryAfterMs);
            return attempt;
        }

        private static TimeSpan? Milliseconds(int? time)
        {
            return time == null ? (TimeSpan?)null : TimeSpan.FromMilliseconds(Math.Max(0, time.Value));
        }

        /// <summary>Retry-After in seconds. Its other form, a date, is ignored: it refers to the server's clock.</summary>
        private static TimeSpan? Seconds(string? retryAfter)
        {
            int seconds;
            bool isNumber = int.TryParse(retryAfter, NumberStyles.None, CultureInfo.InvariantCulture, out seconds);
            return isNumber ? TimeSpan.FromSeconds(seconds) : (TimeSpan?)null;
        }
    }
}
