#nullable enable
namespace AdventureBotLobby
{
    /// <summary>What a party's stream does with a frame.</summary>
    internal enum FrameAction
    {
        /// <summary>The frame is the next entry of the log, or a snapshot.</summary>
        Apply,

        /// <summary>The frame is an entry that was applied before.</summary>
        Skip,

        /// <summary>The frame is about the stream itself.</summary>
        Control,

        /// <summary>Entries before the frame are missing: the stream must resume from its cursor.</summary>
        Resume
    }

    /// <summary>
    /// The last applied position in a party's log. The rules are those of the schema's <c>PartyEvent</c>: seq never falls,
    /// the server skips no entry, an entry with a seq up to the last applied one is a repetition, and a snapshot replaces
    /// all entries before it.
    /// </summary>
    internal sealed class Position
    {
        /// <param name="cursor">The stream resumes after it. Null begins with a snapshot.</param>
        /// <param name="seq">The version of the party at that cursor, if it is known.</param>
        public Position(string? cursor, int? seq)
        {
            Cursor = cursor;
            Seq = cursor != null ? seq : null;
        }

        public string? Cursor { get; private set; }

        /// <summary>Of the last entry or snapshot applied.</summary>
        public int? Seq { get; private set; }

        /// <param name="isDraining">True for a Heartbeat that announces a shutdown. It may overtake entries.</param>
        public FrameAction ActionFor(PartyEventKind kind, int seq, bool isDraining)
        {
            switch (kind)
            {
                case PartyEventKind.PartySnapshot:
                    return FrameAction.Apply;
                case PartyEventKind.Removed:
                case PartyEventKind.Announcement:
                    return FrameAction.Control;
                case PartyEventKind.Heartbeat:
                    return !isDraining && seq > Seq ? FrameAction.Resume : FrameAction.Control;
                default:
                    return ActionForEntry(seq);
            }
        }

        public void Applied(int seq, string cursor)
        {
            Seq = seq;
            Cursor = cursor;
        }

        /// <summary>The next subscription begins with a snapshot.</summary>
        public void StartOver()
        {
            Cursor = null;
        }

        private FrameAction ActionForEntry(int seq)
        {
            if (Seq == null || seq == Seq + 1) return FrameAction.Apply;
            return seq <= Seq ? FrameAction.Skip : FrameAction.Resume;
        }
    }
}
