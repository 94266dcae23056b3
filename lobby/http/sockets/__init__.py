"""What all WebSocket endpoints share: sending to whoever may have stopped reading, reading within bounds, and closing."""
