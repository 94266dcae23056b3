using System;
using System.Text;
using NUnit.Framework;

namespace AdventureBotLobby.Tests
{
    /// <summary>The reader accepts any text or throws MalformedJsonException: no other exception, and no endless loop.</summary>
    public sealed class JsonFuzzTests
    {
        private const int Rounds = 20000;
        private const string Pieces = "{}[]:,\"\\ntfu019-.eE \u0000\ud83d\u00e9";

        private const string Frame =
            "{\"__typename\":\"SessionStarted\",\"seq\":12,\"cursor\":\"YToxMg\",\"at\":\"2026-11-22T23:59:59.123Z\",\"actorId\":null,"
            + "\"session\":{\"id\":\"s1\",\"status\":\"IN_PROGRESS\",\"floor\":1,\"players\":[{\"id\":\"p1\",\"displayName\":\"\\u00c4da\"}],"
            + "\"attributes\":[{\"key\":\"map\",\"value\":\"crypt\"}],\"startedAt\":null,\"endpoint\":{\"address\":\"::1\",\"port\":7777,"
            + "\"protocol\":\"udp\"}},\"ticket\":{\"token\":\"t\",\"expiresAt\":\"2026-11-22T23:59:59.123Z\"},\"news\":[1.5e3,true,{}]}";

        [Test]
        public void A_frame_with_changed_characters_is_read_or_rejected()
        {
            var random = new Random(1);
            for (int round = 0; round < Rounds; round++) ReadOrRefuse(Changed(random, Frame));
        }

        [Test]
        public void A_truncated_frame_is_rejected()
        {
            for (int length = 0; length < Frame.Length; length++)
            {
                string cut = Frame.Substring(0, length);
                Assert.Throws<MalformedJsonException>(() => Read(cut));
            }
        }

        [Test]
        public void Random_text_is_read_or_rejected()
        {
            var random = new Random(2);
            for (int round = 0; round < Rounds; round++)
            {
                var noise = new StringBuilder("{");
                for (int length = random.Next(30); length > 0; length--) noise.Append(Pieces[random.Next(Pieces.Length)]);
                ReadOrRefuse(noise.ToString());
            }
        }

        private static string Changed(Random random, string text)
        {
            var changed = new StringBuilder(text);
            for (int changes = random.Next(1, 4); changes > 0; changes--)
            {
                int at = random.Next(changed.Length);
                char piece = Pieces[random.Next(Pieces.Length)];
                int kind = random.Next(3);
                if (kind == 0) changed[at] = piece;
                else if (kind == 1) changed.Insert(at, piece);
                else changed.Remove(at, Math.Min(random.Next(1, 5), changed.Length - at));
            }
            return changed.ToString();
        }

        private static void ReadOrRefuse(string json)
        {
            try
            {
                Read(json);
            }
            catch (MalformedJsonException)
            {
                // The expected exception.
            }
        }

        private static void Read(string json)
        {
            var reader = new LobbyJsonReader(json);
            reader.PeekTypename();
            PartyEvent.Read(reader);
            reader.End();
        }
    }
}
