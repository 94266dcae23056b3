#nullable enable
namespace AdventureBotLobby
{
    // Handles the server's messages.
    public sealed partial class LobbyConnection
    {
        /// <summary>Subscribes the stream again from its cursor.</summary>
        internal void Resume(LobbyStream stream)
        {
            ReportTrouble("An entry of the log is missing, resuming from the cursor.");
            if (_socket != null && stream.OperationId != null) _socket.Unsubscribe(stream.OperationId);
            stream.Pause(_nowMs());
        }

        /// <summary>The server shuts down and asks clients to reconnect after this time.</summary>
        internal void ReturnAfter(int afterMs)
        {
            _reconnectPolicy.ReturnAfter(afterMs, _nowMs());
        }

        private void ReadMessages(GraphQLSocket socket, long nowMs)
        {
            for (int count = 0; count < MessagesPerTurnMax; count++)
            {
                SocketMessage? message = socket.Next();
                if (message == null) return;
                Take(socket, message, nowMs);
                // A handler of the game may have disposed of the connection, or a rejected token has ended the socket.
                if (_socket != socket || _isDisposed || PlayerChanges != _playerChangesSeen) return;
            }
            _loop.Wake();
        }

        private void Take(GraphQLSocket socket, SocketMessage message, long nowMs)
        {
            switch (message.Kind)
            {
                case SocketMessageKind.Acknowledged:
                    _isGreeted = true;
                    _greetedAtMs = nowMs;
                    break;
                case SocketMessageKind.Closed:
                    TakeEnd(socket, message, nowMs);
                    break;
                case SocketMessageKind.Next:
                case SocketMessageKind.Error:
                case SocketMessageKind.Complete:
                    TakeOperationMessage(socket, message, nowMs);
                    break;
            }
        }

        private void TakeOperationMessage(GraphQLSocket socket, SocketMessage message, long nowMs)
        {
            string id = message.Id ?? "";
            LobbyStream? stream = StreamOf(id);
            if (message.Kind != SocketMessageKind.Next) socket.Forget(id);
            // The server may continue this operation. It would run twice after the new subscription.
            else if (message.Error != null || message.IsUnreadable) socket.Unsubscribe(id);
            if (stream != null) TakeAnswer(socket, stream, message, nowMs);
        }

        private void TakeAnswer(GraphQLSocket socket, LobbyStream stream, SocketMessage message, long nowMs)
        {
            if (message.IsUnreadable) TakeUnreadable(stream, message.Reason ?? "", nowMs);
            else if (message.Error != null) TakeError(socket, stream, message.Error, nowMs);
            else if (message.Kind == SocketMessageKind.Next && message.Frame != null)
            {
                MarkHealthy();
                stream.MarkHealthy();
                stream.Take(message.Frame, message);
            }
            else if (message.Kind == SocketMessageKind.Complete)
            {
                // Without a Removed frame before it, this is not the end of the party's stream.
                stream.Pause(nowMs);
            }
        }

        private void TakeUnreadable(LobbyStream stream, string why, long nowMs)
        {
            ReportTrouble("A frame of a stream cannot be read: " + why);
            stream.HandleUnreadable(why, nowMs);
        }

        /// <summary>A permanent error ends the stream. For any other error it subscribes again later.</summary>
        private void TakeError(GraphQLSocket socket, LobbyStream stream, GraphQLError error, long nowMs)
        {
            if (error.Code == LobbyErrorCodes.NotFound) stream.Finish(StreamEndReason.NotFound, error.Message);
            else if (error.Code == LobbyErrorCodes.Unauthenticated) HandleRefusedToken(socket, error.Message, nowMs);
            else if (LobbyErrorCodes.IsPermanent(error.Code))
            {
                stream.Finish(StreamEndReason.Refused, error.Code + ", " + error.Message);
            }
            else
            {
                ReportTrouble("A stream failed, retrying: " + error.Code + ", " + error.Message);
                stream.Pause(nowMs);
            }
        }

        private void TakeEnd(GraphQLSocket socket, SocketMessage message, long nowMs)
        {
            if (SocketCodes.RefusesToken(message.Code)) HandleRefusedToken(socket, message.Reason ?? "", nowMs);
            else if (message.Code == SocketCodes.MessageTooBig) HandleTooBig(message, nowMs);
            else Disconnect("The connection was closed: " + message.Code + ", " + message.Reason, nowMs);
        }

        /// <summary>The message would come again, and it is not known of which stream it was: all begin with a snapshot.</summary>
        private void HandleTooBig(SocketMessage message, long nowMs)
        {
            foreach (LobbyStream stream in _streams) stream.StartOver();
            Disconnect("A message was too big, continuing with snapshots: " + message.Reason, nowMs);
        }

        /// <summary>The server rejected the token. Retries once, at once, with a new one. The next rejection ends all streams.</summary>
        private void HandleRefusedToken(GraphQLSocket socket, string message, long nowMs)
        {
            _tokens.Refuse(socket.Token);
            bool isAgain = _refusals++ > 0;
            Disconnect("The server rejected the token: " + message, nowMs);
            if (isAgain) FinishAll(StreamEndReason.Unauthenticated, message);
            else _reconnectPolicy.RetryNow();
        }

        private LobbyStream? StreamOf(string id)
        {
            foreach (LobbyStream stream in _streams)
            {
                if (stream.OperationId == id && !stream.IsOver) return stream;
            }
            return null;
        }
    }
}
