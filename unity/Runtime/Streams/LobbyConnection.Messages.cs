namespace AdventureBot2.Lobby
{
    // What it does with the server's messages.
    public sealed partial class LobbyConnection
    {
        /// <summary>The stream has to be begun again, from where it stands.</summary>
        internal void Resume(LobbyStream stream)
        {
            Tell("An entry of the log is missing; it is asked for again.");
            if (_link != null && stream.OperationId != null) _link.Unsubscribe(stream.OperationId);
            stream.Pause(_nowMs());
        }

        /// <summary>The server is about to go down, and asks to be left alone for that long.</summary>
        internal void ReturnAfter(int afterMs)
        {
            _redial.ReturnAfter(afterMs, _nowMs());
        }

        private void ReadMessages(Link link, long nowMs)
        {
            for (int count = 0; count < MessagesPerTurnMax; count++)
            {
                SocketMessage message = link.Next();
                if (message == null) return;
                Take(link, message, nowMs);
                // A handler of the game may have disposed of the connection, and a refusal has ended the link.
                if (_link != link || _isDisposed) return;
            }
            _loop.Wake();
        }

        private void Take(Link link, SocketMessage message, long nowMs)
        {
            switch (message.Kind)
            {
                case SocketMessageKind.Acknowledged:
                    _isGreeted = true;
                    _greetedAtMs = nowMs;
                    break;
                case SocketMessageKind.Closed:
                    TakeEnd(link, message, nowMs);
                    break;
                case SocketMessageKind.Next:
                case SocketMessageKind.Error:
                case SocketMessageKind.Complete:
                    TakeOfOperation(link, message, nowMs);
                    break;
            }
        }

        private void TakeOfOperation(Link link, SocketMessage message, long nowMs)
        {
            LobbyStream stream = StreamOf(message.Id);
            if (message.Kind != SocketMessageKind.Next) link.Forget(message.Id);
            // The server may mean to go on: we begin anew, and must not have it twice.
            else if (message.Error != null) link.Unsubscribe(message.Id);
            if (stream != null) TakeAnswer(link, stream, message, nowMs);
        }

        private void TakeAnswer(Link link, LobbyStream stream, SocketMessage message, long nowMs)
        {
            if (message.Error != null) TakeError(link, stream, message.Error, nowMs);
            else if (message.Kind == SocketMessageKind.Next && message.Frame != null)
            {
                Thrives();
                stream.Thrives();
                stream.Take(message.Frame, message);
            }
            else if (message.Kind == SocketMessageKind.Complete)
            {
                // Without a Removed before: a server that goes down ends its streams without a word.
                stream.Pause(nowMs);
            }
        }

        /// <summary>What can't succeed ends the stream; anything else is tried again.</summary>
        private void TakeError(Link link, LobbyStream stream, GraphQLError error, long nowMs)
        {
            switch (error.Code)
            {
                case LobbyErrorCodes.NotFound:
                    stream.Finish(StreamEndReason.NotFound, error.Message);
                    break;
                case LobbyErrorCodes.BadUserInput:
                    stream.Finish(StreamEndReason.Refused, error.Message);
                    break;
                case LobbyErrorCodes.Unauthenticated:
                    Refused(link, error.Message, nowMs);
                    break;
                default:
                    Tell("A stream failed: " + error.Code + ", " + error.Message);
                    stream.Pause(nowMs);
                    break;
            }
        }

        private void TakeEnd(Link link, SocketMessage message, long nowMs)
        {
            if (SocketCodes.RefusesToken(message.Code)) Refused(link, message.Reason, nowMs);
            else Lose("The connection was closed: " + message.Code + ", " + message.Reason, nowMs);
        }

        /// <summary>The server does not take the token: once more with another, at once; then there is no use.</summary>
        private void Refused(Link link, string message, long nowMs)
        {
            _tokens.Refuse(link.Token);
            bool isAgain = _refusals++ > 0;
            Lose("The server does not take the token: " + message, nowMs);
            if (isAgain) FinishAll(StreamEndReason.Unauthenticated, message);
            else _redial.AtOnce();
        }

        private LobbyStream StreamOf(string id)
        {
            foreach (LobbyStream stream in _streams)
            {
                if (id != null && stream.OperationId == id && !stream.IsOver) return stream;
            }
            return null;
        }
    }
}
