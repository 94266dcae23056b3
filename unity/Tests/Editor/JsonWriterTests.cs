using System;
using NUnit.Framework;

namespace AdventureBotLobby.Tests
{
    public sealed class JsonWriterTests
    {
        [TestCase("plain", "\"plain\"")]
        [TestCase("", "\"\"")]
        [TestCase("\" \\ / \b \n \r \t \u0001 \u001f", "\"\\\" \\\\ / \\u0008 \\n \\r \\t \\u0001 \\u001f\"")]
        [TestCase("\u00e9 \ud83d\udc09", "\"\u00e9 \ud83d\udc09\"")]
        [TestCase(null, "null")]
        public void A_string_is_valid_json_whatever_it_holds(string value, string expected)
        {
            Assert.AreEqual(expected, new LobbyJsonWriter().Value(value).ToString());
        }

        // Not as test cases: attributes are stored as UTF-8, which has no halves of pairs.
        [Test]
        public void Half_a_surrogate_pair_becomes_the_replacement_character()
        {
            Assert.AreEqual("\"a\ufffd\"", new LobbyJsonWriter().Value("a\ud83d").ToString());
            Assert.AreEqual("\"\ufffdb\"", new LobbyJsonWriter().Value("\udc09b").ToString());
            Assert.AreEqual("\"\ufffd\ufffd\"", new LobbyJsonWriter().Value("\udc09\ud83d").ToString());
        }

        [Test]
        public void Written_text_is_read_unchanged()
        {
            var random = new Random(7);
            for (int round = 0; round < 2000; round++)
            {
                string text = Text(random);
                string json = new LobbyJsonWriter().Value(text).ToString();

                Assert.AreEqual(text, new LobbyJsonReader(json).ReadString());
            }
        }

        [Test]
        public void Null_is_omitted_from_an_input()
        {
            var input = new CreatePartyInput { Settings = new PartySettingsInput { Name = "Deep", MaxMembers = 4 } };

            Assert.AreEqual("{\"settings\":{\"name\":\"Deep\",\"maxMembers\":4}}", Json(input));
        }

        [Test]
        public void False_zero_and_the_empty_string_are_written()
        {
            var settings = new PartySettingsInput { Password = "", Locked = false, CountdownSeconds = 0 };

            Assert.AreEqual("{\"password\":\"\",\"locked\":false,\"countdownSeconds\":0}", Json(settings));
        }

        [Test]
        public void Enums_and_lists_are_written_as_the_server_expects()
        {
            var input = new QuickJoinInput
            {
                Filter = new PartyFilter
                {
                    GameType = LobbyGameType.Pvp,
                    State = PartyState.InProgress,
                    Attributes = new[]
                    {
                        new AttributeInput { Key = "map", Value = "crypt" },
                        new AttributeInput { Key = "gone" },
                    },
                },
            };

            Assert.AreEqual(
                "{\"filter\":{\"gameType\":\"PVP\",\"state\":\"IN_PROGRESS\",\"attributes\":"
                + "[{\"key\":\"map\",\"value\":\"crypt\"},{\"key\":\"gone\"}]}}",
                Json(input));
        }

        [Test]
        public void A_missing_required_member_throws_before_sending()
        {
            Assert.Throws<ArgumentException>(() => Json(new KickMemberInput { PartyId = "x" }));
            Assert.Throws<ArgumentException>(() => Json(new PartyFilter { State = PartyState.Unknown }));
        }

        private static string Json(ILobbyJsonWritable value)
        {
            var writer = new LobbyJsonWriter();
            value.Write(writer);
            return writer.ToString();
        }

        /// <summary>A text of difficult characters, with surrogates in pairs only.</summary>
        private static string Text(Random random)
        {
            var text = new System.Text.StringBuilder();
            for (int length = random.Next(12); length > 0; length--)
            {
                int kind = random.Next(4);
                if (kind == 0) text.Append((char)random.Next(0x80));
                else if (kind == 1) text.Append("\"\\/\u2028\u2029\u007f"[random.Next(6)]);
                else if (kind == 2) text.Append((char)random.Next(0x80, 0xd800));
                else text.Append(char.ConvertFromUtf32(random.Next(0x10000, 0x110000)));
            }
            return text.ToString();
        }
    }
}
