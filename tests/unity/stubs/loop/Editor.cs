#if UNITY_EDITOR
namespace UnityEditor
{
    public enum InsecureHttpOption
    {
        NotAllowed,
        DevelopmentOnly,
        AlwaysAllowed
    }

    public static class PlayerSettings
    {
        public static InsecureHttpOption insecureHttpOption { get; set; }
    }
}
#endif
