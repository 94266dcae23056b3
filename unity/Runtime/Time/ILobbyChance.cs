namespace AdventureBot2.Lobby
{
    /// <summary>Chance: for the jitter of pauses, and for keys that nobody else makes.</summary>
    public interface ILobbyChance
    {
        /// <summary>At least 0 and less than 1.</summary>
        double NextDouble();

        /// <summary>A UUID.</summary>
        string NewKey();
    }
}
