"""What the lobby shows over HTTP and WebSocket."""
