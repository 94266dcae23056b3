"""The GraphiQL page, its assets and its examples."""
