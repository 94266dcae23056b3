"""The common parts of all HTTP endpoints: headers, bodies, request ids, origins, credentials, rate limits."""
