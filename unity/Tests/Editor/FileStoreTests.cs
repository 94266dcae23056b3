using System;
using System.IO;
using NUnit.Framework;

namespace AdventureBotLobby.Tests
{
    public sealed class FileStoreTests : IDisposable
    {
        private readonly string _folder = Path.Combine(Path.GetTempPath(), "lobby-" + Guid.NewGuid().ToString("N"));

        private string Place
        {
            get { return Path.Combine(_folder, "deep", "guest.json"); }
        }

        public void Dispose()
        {
            if (Directory.Exists(_folder)) Directory.Delete(_folder, true);
        }

        [Test]
        public void What_is_saved_is_loaded_by_another_store_of_the_file()
        {
            using (this)
            {
                var store = new FileCredentialStore(Place);
                Assert.IsNull(store.Load());
                store.Save("one");
                store.Save("two \u2603");
                Assert.AreEqual("two \u2603", new FileCredentialStore(Place).Load());
                store.Clear();
                store.Clear();
                Assert.IsNull(new FileCredentialStore(Place).Load());
                Assert.AreEqual(0, Directory.GetFiles(Path.GetDirectoryName(Place)).Length);
            }
        }

        [Test]
        public void Credentials_of_an_earlier_store_are_moved_once()
        {
            using (this)
            {
                var earlier = new MemoryCredentialStore();
                earlier.Save("from PlayerPrefs");
                Assert.AreEqual("from PlayerPrefs", new FileCredentialStore(Place, earlier).Load());
                Assert.IsNull(earlier.Load());
                earlier.Save("older");
                Assert.AreEqual("from PlayerPrefs", new FileCredentialStore(Place, earlier).Load());
            }
        }

        [Test]
        public void Only_one_holds_the_lock_until_it_is_disposed_of()
        {
            using (this)
            {
                IDisposable held = new FileCredentialStore(Place).TryLock();
                Assert.IsNull(new FileCredentialStore(Place).TryLock());
                held.Dispose();
                held.Dispose();
                using (IDisposable again = new FileCredentialStore(Place).TryLock()) Assert.IsFalse(again == null);
            }
        }
    }
}
