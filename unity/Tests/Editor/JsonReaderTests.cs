using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;

namespace AdventureBotLobby.Tests
{
    public sealed class JsonReaderTests
    {
        [TestCase("\"\"", "")]
        [TestCase("\"plain\"", "plain")]
        [TestCase("\"\\\" \\\\ \\/ \\b \\f \\n \\r \\t\"", "\" \\ / \b \f \n \r \t")]
        [TestCase("\"\\u0041\\u00e9\\u4E2D\"", "A\u00e9\u4e2d")]
        [TestCase("\"\\u0000\"", "\0")]
        [TestCase("\"\u00e9\u4e2d\"", "\u00e9\u4e2d")]
        [TestCase("\"\\ud83d\\udc09\"", "\ud83d\udc09")]
        [TestCase("\"\ud83d\udc09\"", "\ud83d\udc09")]
        [TestCase(" \t\r\n\"spaced\"", "spaced")]
        [TestCase("null", null)]
        public void A_string_is_read_as_it_was_meant(string json, string expected)
        {
            Assert.AreEqual(expected, Read(json, r => r.ReadString()));
        }

        [TestCase("\"\\ud83d\"")]
        [TestCase("\"\\udc09\"")]
        [TestCase("\"\\udc09\\ud83d\"")]
        [TestCase("\"\\ud83dx\"")]
        public void Half_a_surrogate_pair_becomes_the_replacement_character(string json)
        {
            string read = Read(json, r => r.ReadString());

            Assert.IsTrue(read.StartsWith("\ufffd", StringComparison.Ordinal));
            Assert.IsFalse(read.Any(char.IsSurrogate));
        }

        [TestCase("\"no end")]
        [TestCase("\"no end\\")]
        [TestCase("\"no end\\\"")]
        [TestCase("\"\\x\"")]
        [TestCase("\"\\u12\"")]
        [TestCase("\"\\u12G4\"")]
        [TestCase("\"\\u\"1234")]
        [TestCase("\"a\nb\"")]
        [TestCase("12")]
        [TestCase("nul")]
        [TestCase("nullnull")]
        [TestCase("")]
        public void What_is_not_a_string_is_named(string json)
        {
            Fails(json, r => r.ReadString());
        }

        [TestCase("0", 0L)]
        [TestCase("-0", 0L)]
        [TestCase("12", 12L)]
        [TestCase("9223372036854775807", long.MaxValue)]
        [TestCase("-9223372036854775808", long.MinValue)]
        public void A_whole_number_keeps_its_64_bits(string json, long expected)
        {
            Assert.AreEqual(expected, Read(json, r => r.ReadLong()));
        }

        [TestCase("9223372036854775808")]
        [TestCase("1.0")]
        [TestCase("1e3")]
        [TestCase("01")]
        [TestCase("+1")]
        [TestCase("-")]
        [TestCase("--1")]
        [TestCase(".5")]
        [TestCase("1.")]
        [TestCase("1e")]
        [TestCase("0x10")]
        [TestCase("1 2")]
        [TestCase("NaN")]
        [TestCase("null")]
        [TestCase("\"1\"")]
        public void What_is_not_a_whole_number_is_named(string json)
        {
            Fails(json, r => r.ReadLong());
        }

        [TestCase("2147483648")]
        [TestCase("-2147483649")]
        public void A_number_of_more_than_32_bits_is_not_cut_short(string json)
        {
            Fails(json, r => r.ReadInt());
        }

        [TestCase("0.5", 0.5)]
        [TestCase("-1.25e2", -125.0)]
        [TestCase("1E-2", 0.01)]
        [TestCase("1e400", double.PositiveInfinity)]
        [TestCase("-1e400", double.NegativeInfinity)]
        public void A_broken_number_is_read_whatever_the_culture(string json, double expected)
        {
            Assert.AreEqual(expected, Read(json, r => r.ReadDouble()));
        }

        [Test]
        public void A_time_is_in_utc_with_milliseconds()
        {
            DateTime time = Read("\"2026-11-22T23:59:59.123Z\"", r => r.ReadTime());

            Assert.AreEqual(new DateTime(2026, 11, 22, 23, 59, 59, 123, DateTimeKind.Utc), time);
            Assert.AreEqual(DateTimeKind.Utc, time.Kind);
        }

        [TestCase("\"yesterday\"")]
        [TestCase("\"2026-13-01T00:00:00Z\"")]
        [TestCase("1700000000")]
        [TestCase("null")]
        public void What_is_not_a_point_in_time_is_named(string json)
        {
            Fails(json, r => r.ReadTime());
        }

        [Test]
        public void Null_differs_from_zero_false_and_empty()
        {
            Assert.IsNull(Read("null", r => r.ReadIntOrNull()));
            Assert.AreEqual(0, Read("0", r => r.ReadIntOrNull()));
            Assert.IsNull(Read("null", r => r.ReadBoolOrNull()));
            Assert.AreEqual(false, Read("false", r => r.ReadBoolOrNull()));
            Assert.IsNull(Read("null", r => r.ReadList(e => e.ReadInt())));
            Assert.AreEqual(0, Read("[]", r => r.ReadList(e => e.ReadInt())).Count);
        }

        [Test]
        public void Unknown_members_of_any_type_are_skipped()
        {
            const string json = "{\"a\":{\"b\":[1,-2.5e3,\"x\\\"]}\",null,true,false,[],{}]},\"id\":\"p1\",\"z\":[[[]]],\"displayName\":\"Ada\"}";
            LobbyPlayer player = Read(json, r => LobbyPlayer.Read(r));

            Assert.AreEqual("p1", player.Id);
            Assert.AreEqual("Ada", player.DisplayName);
        }

        [Test]
        public void A_members_name_may_be_escaped()
        {
            Assert.AreEqual("p1", Read("{\"\\u0069d\":\"p1\"}", r => LobbyPlayer.Read(r)).Id);
        }

        [TestCase("{")]
        [TestCase("{\"id\"}")]
        [TestCase("{\"id\":}")]
        [TestCase("{\"id\":\"p1\"")]
        [TestCase("{\"id\":\"p1\",}")]
        [TestCase("{,\"id\":\"p1\"}")]
        [TestCase("{\"id\":\"p1\" \"x\":1}")]
        [TestCase("{id:\"p1\"}")]
        [TestCase("{\"id\":\"p1\"]")]
        [TestCase("{\"a\":[1,],\"id\":\"p1\"}")]
        [TestCase("{\"a\":[1 2]}")]
        [TestCase("{\"a\":tru}")]
        [TestCase("{\"a\":@}")]
        [TestCase("[]")]
        [TestCase("{} {}")]
        public void What_is_not_an_object_is_named(string json)
        {
            Fails(json, r => LobbyPlayer.Read(r));
        }

        [Test]
        public void An_error_has_its_position()
        {
            var error = Assert.Throws<MalformedJsonException>(() => Read("{\"id\": 12}", r => LobbyPlayer.Read(r)));

            Assert.AreEqual(7, error.Offset);
            Assert.AreEqual("Expected a string at offset 7.", error.Message);
        }

        [Test]
        public void Depth_is_bounded()
        {
            string deepest = Nested(LobbyJsonReader.DepthMax);
            string deeper = Nested(LobbyJsonReader.DepthMax + 1);
            string absurd = Nested(1000000);

            Assert.IsTrue(Read(deepest, Skipped));
            Fails(deeper, Skipped);
            Fails(absurd, Skipped);
        }

        [Test]
        public void The_typename_is_found_at_any_position_without_moving_forward()
        {
            const string json = "{\"id\":\"p1\",\"more\":{\"__typename\":\"Inner\"},\"__typename\":\"Player\"}";
            var reader = new LobbyJsonReader("[" + json + "," + json + "]");
            var found = new List<string>();
            reader.BeginArray();
            while (reader.NextElement())
            {
                found.Add(reader.PeekTypename());
                found.Add(LobbyPlayer.Read(reader).Id);
            }
            reader.End();

            Assert.AreEqual(new[] { "Player", "p1", "Player", "p1" }, found);
        }

        [TestCase("{}")]
        [TestCase("null")]
        [TestCase("[]")]
        [TestCase("{\"__typename\":null}")]
        public void There_may_be_no_typename(string json)
        {
            Assert.IsNull(new LobbyJsonReader(json).PeekTypename());
        }

        private static string Nested(int levels)
        {
            return new string('[', levels) + new string(']', levels);
        }

        private static bool Skipped(LobbyJsonReader reader)
        {
            reader.Skip();
            return true;
        }

        private static T Read<T>(string json, Func<LobbyJsonReader, T> read)
        {
            var reader = new LobbyJsonReader(json);
            T value = read(reader);
            reader.End();
            return value;
        }

        private static void Fails<T>(string json, Func<LobbyJsonReader, T> read)
        {
            Assert.Throws<MalformedJsonException>(() => Read(json, read));
        }
    }
}
