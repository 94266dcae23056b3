using System.Threading;
using NUnit.Framework;

namespace AdventureBotLobby.Tests
{
    /// <summary>
    /// Tests in which code after an await continues at once. By itself it continues in the editor's next update, for which a test
    /// in edit mode cannot wait.
    /// </summary>
    public abstract class InlineTests
    {
        private SynchronizationContext _contextOfEditor;

        [SetUp]
        public void EnterContext()
        {
            _contextOfEditor = SynchronizationContext.Current;
            SynchronizationContext.SetSynchronizationContext(new Inline());
        }

        [TearDown]
        public void LeaveContext()
        {
            SynchronizationContext.SetSynchronizationContext(_contextOfEditor);
        }

        private sealed class Inline : SynchronizationContext
        {
            public override void Post(SendOrPostCallback callback, object state)
            {
                callback(state);
            }
        }
    }
}
