using System;
using System.Collections;
using System.Linq;

namespace NUnit.Framework
{
    // A stub of NUnit, which Unity's test framework includes: the members that the package's tests use.

    [AttributeUsage(AttributeTargets.Method)]
    public sealed class TestAttribute : Attribute
    {
    }

    [AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
    public sealed class TestCaseAttribute : Attribute
    {
        public TestCaseAttribute(params object[] arguments)
        {
            // As in NUnit: a single null is one argument with the value null.
            Arguments = arguments ?? new object[] { null };
        }

        public object[] Arguments { get; private set; }
    }

    [AttributeUsage(AttributeTargets.Method)]
    public sealed class SetUpAttribute : Attribute
    {
    }

    [AttributeUsage(AttributeTargets.Method)]
    public sealed class TearDownAttribute : Attribute
    {
    }

    public sealed class AssertionException : Exception
    {
        public AssertionException(string message)
            : base(message)
        {
        }
    }

    public delegate void TestDelegate();

    public static class Assert
    {
        public static void AreEqual(object expected, object actual)
        {
            if (!Same(expected, actual)) throw new AssertionException("Expected " + Shown(expected) + ", but was " + Shown(actual));
        }

        public static void IsTrue(bool condition)
        {
            AreEqual(true, condition);
        }

        public static void IsFalse(bool condition)
        {
            AreEqual(false, condition);
        }

        public static void IsNull(object value)
        {
            AreEqual(null, value);
        }

        public static T Throws<T>(TestDelegate code) where T : Exception
        {
            try
            {
                code();
            }
            catch (T error)
            {
                if (error.GetType() == typeof(T)) return error;
                throw;
            }
            throw new AssertionException("Expected " + typeof(T).Name + ", but nothing was thrown");
        }

        private static bool Same(object expected, object actual)
        {
            var some = expected as IEnumerable;
            var others = actual as IEnumerable;
            if (expected is string || actual is string || some == null || others == null) return Equals(expected, actual);
            object[] left = some.Cast<object>().ToArray(), right = others.Cast<object>().ToArray();
            return left.Length == right.Length && left.Zip(right, Same).All(isSame => isSame);
        }

        private static string Shown(object value)
        {
            if (value == null) return "null";
            var many = value as IEnumerable;
            if (value is string || many == null) return "<" + value + ">";
            return "[" + string.Join(", ", many.Cast<object>().Select(Shown).ToArray()) + "]";
        }
    }
}
