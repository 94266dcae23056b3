"""Generated requests, texts and conversations against a running server: `scripts/fuzz --seconds 600`.

Whatever is sent, there is an answer, it is no fault of the server's, and it comes within a second.
"""
