namespace AdventureBot2.Lobby
{
    /// <summary>What is to be done with a frame of a party's stream.</summary>
    internal enum Verdict
    {
        /// <summary>An entry that comes next, or a snapshot.</summary>
        Apply,

        /// <summary>An entry that was applied before.</summary>
        Skip,

        /// <summary>A frame about the stream itself.</summary>
        Heed,

        /// <summary>Something before it is missing: the stream has to be resumed.</summary>
        Lost
    }

    /// <summary>
    /// How far a party's log was applied. The rules are those of the schema's <c>PartyEvent</c>: seq never falls, no entry
    /// is left out, one that is not greater than the last applied has been seen, and a snapshot stands for all before it.
    /// </summary>
    internal sealed class Position
    {
        /// <param name="cursor">Where to resume; null begins with a snapshot.</param>
        /// <param name="seq">The version of the party at that cursor, where it is known.</param>
        public Position(string cursor, int? seq)
        {
            Cursor = cursor;
            Seq = cursor != null ? seq : null;
        }

        public string Cursor { get; private set; }

        /// <summary>Of the last entry or snapshot applied.</summary>
        public int? Seq { get; private set; }

        /// <param name="isDraining">Of a Heartbeat: whether it announces the server's end. Then it may overtake entries.</param>
        public Verdict Of(PartyEventKind kind, int seq, bool isDraining)
        {
            switch (kind)
            {
                case PartyEventKind.PartySnapshot:
                    return Verdict.Apply;
                case PartyEventKind.Removed:
                    return Verdict.Heed;
                case PartyEventKind.Heartbeat:
                    return !isDraining && seq > Seq ? Verdict.Lost : Verdict.Heed;
                default:
                    return OfEntry(seq);
            }
        }

        public void Applied(int seq, string cursor)
        {
            Seq = seq;
            Cursor = cursor;
        }

        private Verdict OfEntry(int seq)
        {
            if (Seq == null || seq == Seq + 1) return Verdict.Apply;
            return seq <= Seq ? Verdict.Skip : Verdict.Lost;
        }
    }
}
