"""The verbs of the API: input to command to service to type, a few lines each. No rule and no store is here."""
