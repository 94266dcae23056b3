"""Players of other issuers, who sign JSON Web Tokens and publish their keys: Unity Authentication or any OIDC issuer."""
