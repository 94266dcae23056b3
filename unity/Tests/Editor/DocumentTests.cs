using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using NUnit.Framework;

namespace AdventureBotLobby.Tests
{
    public sealed class DocumentTests
    {
        [Test]
        public void Each_document_has_the_hash_of_its_text_and_holds_the_operation_of_its_name()
        {
            LobbyDocument[] documents = All().ToArray();

            Assert.IsTrue(documents.Length > 30);
            foreach (LobbyDocument document in documents)
            {
                Assert.AreEqual(document.Hash, Sha256(document.Text));
                Assert.IsTrue(document.Text.Contains(" " + document.Name + "(") || document.Text.Contains(" " + document.Name + " {"));
            }
        }

        [Test]
        public void A_request_names_its_document_by_hash_or_text()
        {
            string hash = LobbyDocuments.Me.Hash, text = LobbyDocuments.Me.Text.Replace("\n", "\\n");

            Assert.AreEqual("{\"operationName\":\"Me\",\"documentId\":\"sha256:" + hash + "\"}", Request(false));
            Assert.AreEqual("{\"operationName\":\"Me\",\"query\":\"" + text + "\"}", Request(true));
        }

        private static string Request(bool withText)
        {
            var writer = new LobbyJsonWriter();
            LobbyDocuments.Me.WriteRequest(writer, withText, null);
            return writer.ToString();
        }

        private static IEnumerable<LobbyDocument> All()
        {
            FieldInfo[] fields = typeof(LobbyDocuments).GetFields(BindingFlags.Public | BindingFlags.Static);
            return fields.Select(field => (LobbyDocument)field.GetValue(null));
        }

        private static string Sha256(string text)
        {
            using (SHA256 sha = SHA256.Create())
            {
                return string.Concat(sha.ComputeHash(Encoding.UTF8.GetBytes(text)).Select(each => each.ToString("x2")));
            }
        }
    }
}
