"""The actions of players: mutations with their input, as a player in a situation sends them."""
