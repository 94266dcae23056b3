"""Generated requests, texts and conversations for a running server: `scripts/fuzz --seconds 600`.

Each request must be answered within a second, without an internal error. Each conversation must go on, or be closed for a reason
that is the client's fault.
"""
