"""What the lobby decides. `decide` is the one way in; each module beside it holds the rules of one matter."""
